//! Each peer gives the right answer to each workload that it has.

use csp_bench::groups::{self, Group};
use csp_bench::workloads;

/// Few operations, twice: what is left of the first time must not disturb the second.
fn gives_right_answers(group: &Group, name: &str) {
    let peer = group.peers.iter().find(|peer| peer.name == name).unwrap();
    let mut had = 0;
    for workload in group.workloads {
        let n = match workload.unit {
            "leaf" => 1000,
            "row" | "block" => 10,
            _ => 100,
        };
        for (answer, _) in (peer.run)(workload.name, n, 2).into_iter().flatten() {
            workload.check(name, n, answer).unwrap();
            had += 1;
        }
    }
    assert!(had > 2 * 10, "{name} has {had} answers");
}

macro_rules! tests {
    ($group:ident in $module:ident: $($peer:ident)*) => {
        mod $module {
            use super::*;

            $(
                #[test]
                fn $peer() {
                    gives_right_answers(&groups::$group, stringify!($peer));
                }
            )*

            #[test]
            fn nobody_is_forgotten() {
                let names = groups::$group.peers.iter().map(|peer| peer.name);
                assert_eq!(names.collect::<Vec<_>>(), [$(stringify!($peer)),*]);
            }
        }
    };
}

#[cfg(feature = "peers")]
tests!(ONE_THREAD in one_thread: csp tokio_mpsc tokio_kanal tokio_flume tokio_async_unsync async_executor may);
#[cfg(feature = "peers")]
tests!(THREADS in threads: csp_processes csp_runtime csp_threads crossbeam flume kanal tokio);
#[cfg(not(feature = "peers"))]
tests!(ONE_THREAD in one_thread: csp);
#[cfg(not(feature = "peers"))]
tests!(THREADS in threads: csp_processes csp_runtime csp_threads);

#[test]
fn a_wrong_answer_is_told() {
    let sieve = workloads::find("sieve").unwrap();
    sieve.check("csp", 2_000, 17_389).unwrap();
    let wrong = sieve.check("csp", 10, 28).unwrap_err();
    assert_eq!(wrong, "csp gives a wrong answer to sieve with n = 10: 28, not 29");
}
