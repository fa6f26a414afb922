//! Each peer gives the right answer to each workload that it has.

use csp_bench::peers::{self, Peer};
use csp_bench::workloads;

/// Few operations, twice: what is left of the first time must not disturb the second.
fn gives_right_answers(name: &str) {
    let peer: &Peer = peers::find(name).unwrap();
    let mut had = 0;
    for workload in workloads::ALL {
        let n = if workload.name == "skynet" { 1000 } else { 100 };
        for (answer, _) in (peer.run)(workload.name, n, 2).into_iter().flatten() {
            workload.check(name, n, answer).unwrap();
            had += 1;
        }
    }
    assert!(had > 2 * 10, "{name} has {had} answers");
}

macro_rules! tests {
    ($($peer:ident)*) => {
        $(
            #[test]
            fn $peer() {
                gives_right_answers(stringify!($peer));
            }
        )*

        #[test]
        fn nobody_is_forgotten() {
            assert_eq!(peers::ALL.iter().map(|peer| peer.name).collect::<Vec<_>>(), [$(stringify!($peer)),*]);
        }
    };
}

#[cfg(feature = "peers")]
tests!(csp tokio_mpsc tokio_kanal tokio_flume tokio_async_unsync async_executor may);
#[cfg(not(feature = "peers"))]
tests!(csp);

#[test]
fn a_wrong_answer_is_told() {
    let sieve = workloads::find("sieve").unwrap();
    sieve.check("csp", 2_000, 17_389).unwrap();
    let wrong = sieve.check("csp", 10, 28).unwrap_err();
    assert_eq!(wrong, "csp gives a wrong answer to sieve with n = 10: 28, not 29");
}
