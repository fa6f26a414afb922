//! Why a stack could not be had, in words that say what to do about it.

use std::{error, fmt, io};

use super::sizes::LARGEST;

/// Why [`Stacks::take`](super::Stacks::take) has no stack to give.
#[derive(Debug)]
pub(crate) enum StackError {
    /// The request is larger than any stack should be.
    TooLarge {
        /// The size asked for, in bytes.
        asked: usize,
    },
    /// The system has no memory mapping for more stacks of this class.
    NoMapping {
        /// The size of the class, in bytes.
        class: usize,
        /// How many stacks of the class are in use.
        in_use: usize,
        /// What the system said.
        cause: io::Error,
    },
    /// Guards made with `mprotect` have used up the mappings a process may have.
    #[cfg_attr(
        any(not(target_os = "linux"), feature = "default-stack-only"),
        allow(dead_code, reason = "a limit of Linux")
    )]
    MapCount {
        /// The size of the class, in bytes.
        class: usize,
        /// How many stacks of the class are in use.
        in_use: usize,
        /// The value of `vm.max_map_count`, where it can be read.
        limit: Option<usize>,
    },
    /// The system refused a guard for some other reason.
    #[cfg_attr(
        any(not(target_os = "linux"), feature = "default-stack-only"),
        allow(dead_code, reason = "corosensei sets the guards")
    )]
    NoGuard {
        /// What the system said.
        cause: io::Error,
    },
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { asked } => write!(
                f,
                "a stack of {} was asked for, but the largest is {}: ask for a smaller \
                 `stack_size` (it is given in bytes) and keep large data on the heap",
                Bytes(*asked),
                Bytes(LARGEST),
            ),
            Self::NoMapping { class, in_use, cause } => write!(
                f,
                "the system has no room for another stack of {} ({in_use} of them are in use): \
                 {cause}. Raise the limit that stops it (`ulimit -v`, a container's limit, \
                 `vm.max_map_count`; `vm.overcommit_memory` set to 2 counts stacks in full), ask \
                 for a smaller `stack_size`, or keep fewer processes alive at once",
                Bytes(*class),
            ),
            Self::MapCount { class, in_use, limit } => {
                write!(
                    f,
                    "no memory mapping is left to guard another stack of {} ({in_use} of them are \
                     in use). This kernel has no guard markers (Linux 6.13 does), so each stack \
                     takes two mappings, and the limit `vm.max_map_count`",
                    Bytes(*class),
                )?;
                if let Some(limit) = limit {
                    write!(f, " ({limit})")?;
                }
                write!(
                    f,
                    " is met. Raise it (`sysctl -w vm.max_map_count=1000000`), or keep fewer \
                     processes alive at once",
                )
            }
            Self::NoGuard { cause } => write!(
                f,
                "the system refused to guard a stack against overflow: {cause}. A stack without \
                 a guard is not handed out; end some processes, or free memory, and try again",
            ),
        }
    }
}

impl error::Error for StackError {}

/// A size as people write it.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        for (shift, unit) in UNITS {
            if self.0 >> shift != 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{} {unit}", self.0 >> shift);
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_what_is_wrong_and_what_to_do() {
        let too_large = StackError::TooLarge { asked: 3 << 30 }.to_string();
        assert!(too_large.starts_with("a stack of 3 GiB was asked for, but the largest is 1 GiB"));
        assert!(too_large.contains("`stack_size`"));

        let cause = || io::Error::from_raw_os_error(12);
        let (class, in_use) = (256 << 10, 32_000);
        let no_mapping = StackError::NoMapping { class, in_use, cause: cause() }.to_string();
        assert!(no_mapping.contains("another stack of 256 KiB (32000 of them are in use)"));
        assert!(no_mapping.contains("ulimit -v") && no_mapping.contains("overcommit_memory"));

        let map_count = StackError::MapCount { class, in_use, limit: Some(65_530) }.to_string();
        assert!(map_count.contains("the limit `vm.max_map_count` (65530) is met"));
        assert!(map_count.contains("sysctl -w vm.max_map_count="));
        let unread = StackError::MapCount { class, in_use, limit: None }.to_string();
        assert!(unread.contains("the limit `vm.max_map_count` is met"));

        assert!(StackError::NoGuard { cause: cause() }.to_string().contains("refused to guard"));
    }

    #[test]
    fn sizes_are_written_in_the_largest_unit_that_fits() {
        assert_eq!(Bytes(256 << 10).to_string(), "256 KiB");
        assert_eq!(Bytes(1 << 20).to_string(), "1 MiB");
        assert_eq!(Bytes(1 << 30).to_string(), "1 GiB");
        assert_eq!(Bytes((1 << 30) + 1).to_string(), "1073741825 bytes");
        assert_eq!(Bytes(usize::MAX).to_string(), format!("{} bytes", usize::MAX));
    }
}
