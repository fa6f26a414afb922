//! Channels of results: errors as values, decided about where they are taken.

use super::{next_for_both, output, start, through};
use crate::channel::{Channel, Receiver};
use crate::go::go_channel;
use crate::port::ReadPort;
use crate::transducer::{Transducer, transducer};

/// What becomes of an input when its collector has seen an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// It is let go of. Where the input is a [`Receiver`](crate::Receiver), and the last, whoever puts learns it.
    Leave,
    /// All that still comes is taken and dropped, until the input ends: whoever puts does not wait for ever.
    Drain,
}

/// What `f` makes of each value; errors, those that were there before and those of `f`, go on in their places.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let texts = ops::to_chan([Ok("1"), Err("lost".to_owned()), Ok("x")]);
///     let numbers = ops::try_map(texts, |text| text.parse::<u32>().map_err(|error| error.to_string()));
///     assert_eq!(take(&numbers), Some(Ok(1)));
///     assert_eq!(take(&numbers), Some(Err("lost".to_owned())));
///     assert!(take(&numbers).unwrap().is_err());
/// });
/// ```
#[must_use]
#[track_caller]
pub fn try_map<R, T, O, E>(from: R, mut f: impl FnMut(T) -> Result<O, E> + 'static) -> Receiver<Result<O, E>>
where
    R: ReadPort<Item = Result<T, E>> + 'static,
    T: 'static,
    O: 'static,
    E: 'static,
{
    through(from, transducer().map(move |answer: Result<T, E>| answer.and_then(&mut f)))
}

/// The values, and the errors. Both end when the input does, or one of them is closed: to drop one of them, because nobody wants
/// those, ends the other too. Both are to be read at the same time.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let (numbers, errors) = ops::split_results(ops::to_chan([Ok(1), Err("no"), Ok(2)]));
///     let numbers = ops::collect::<Vec<i32>, _>(numbers);
///     assert_eq!(errors.iter().collect::<Vec<_>>(), ["no"]);
///     assert_eq!(take(&numbers), Some(vec![1, 2]));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn split_results<R, T, E>(from: R) -> (Receiver<T>, Receiver<E>)
where
    R: ReadPort<Item = Result<T, E>> + 'static,
    T: 'static,
    E: 'static,
{
    let ((values, good), (errors, bad)) = (output(), output());
    start("split_results", move || {
        while let Some(answer) = next_for_both(&from, &values.port, &errors.port) {
            let (mut value, mut error) = match answer {
                Ok(value) => (Some(value), None),
                Err(error) => (None, Some(error)),
            };
            csp::alts! {
                priority;
                answer = put(&values.port, from value) => value = answer.err().map(|closed| closed.0),
                answer = put(&errors.port, from error) => error = answer.err().map(|closed| closed.0),
                () = closed(&values.port) => {}
                () = closed(&errors.port) => {}
            }
            if let Some(answer) = value.map(Ok).or(error.map(Err)) {
                return from.put_back(answer);
            }
        }
    });
    (good, bad)
}

/// All values in a collection, when the input has ended; or the first error, at once.
///
/// ```
/// use csp::{ops::{self, Rest}, prelude::*};
///
/// csp::run(|| {
///     let good = ops::try_collect::<Vec<i32>, _, _, _>(ops::to_chan([Ok(1), Ok::<i32, &str>(2)]), Rest::Leave);
///     assert_eq!(take(&good), Some(Ok(vec![1, 2])));
///     let bad = ops::try_collect::<Vec<i32>, _, _, _>(ops::to_chan([Ok(1), Err("no"), Ok(2)]), Rest::Drain);
///     assert_eq!(take(&bad), Some(Err("no")));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn try_collect<C, R, T, E>(from: R, rest: Rest) -> Channel<Result<C, E>>
where
    R: ReadPort<Item = Result<T, E>> + 'static,
    C: FromIterator<T> + 'static,
    T: 'static,
    E: 'static,
{
    go_channel(move || {
        let all = std::iter::from_fn(|| from.take()).collect::<Result<C, E>>();
        if all.is_err() && rest == Rest::Drain {
            start("try_collect", move || while from.take().is_some() {});
        }
        all
    })
}
