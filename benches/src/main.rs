//! Measures csp beside its peers: `./run.sh bench`.

mod peers;
mod watch;
mod workloads;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [verb, peer, workload, n, times] = &args[..] else { panic!("child PEER WORKLOAD N TIMES") };
    assert_eq!(verb, "child");
    let n = n.parse().expect("a number");
    let peer = peers::find(peer).expect("a peer");
    let expected = (workloads::find(workload).expect("a workload").answer)(n);
    for (answer, reading) in (peer.run)(workload, n, times.parse().expect("a number")).expect("it has this workload") {
        assert_eq!(answer, expected);
        println!("{answer} {} {} {}", reading.wall_ns, reading.processor_ns, reading.bytes);
    }
}
