fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [_, peer, workload, n, times] = &args[..] else { panic!("child PEER WORKLOAD N TIMES") };
    let n = n.parse().expect("a number");
    let w = csp_bench::workloads::find(workload).expect("w");
    if !csp_bench::child::run(csp_bench::peers::find(peer).expect("p"), w, n, times.parse().unwrap()) {
        std::process::exit(3);
    }
}
