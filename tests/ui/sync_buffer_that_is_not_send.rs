use csp::{Buffer, sync};
use std::cell::Cell;
use std::rc::Rc;

struct Mine<T>(Rc<Cell<Option<T>>>);

impl<T> Buffer<T> for Mine<T> {
    fn add(&mut self, value: T) -> Option<T> {
        self.0.replace(Some(value))
    }
    fn remove(&mut self) -> Option<T> {
        self.0.take()
    }
    fn len(&self) -> usize {
        0
    }
    fn is_full(&self) -> bool {
        false
    }
}

fn main() {
    _ = sync::Channel::with_buffer(Mine::<i8>(Rc::default()));
    _ = sync::Channel::builder().buffer(Mine::<i16>(Rc::default())).build();
}
