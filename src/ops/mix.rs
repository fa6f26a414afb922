//! Many channels to one, with a desk to mute, pause and solo them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use super::{AtEnd, Input, Output, start};
use crate::alts::alts;
use crate::channel::Channel;
use crate::error::Closed;
use crate::port::{ReadPort, WritePort};

/// What is done with an input of a [`Mix`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// Its values are taken and dropped.
    pub mute: bool,
    /// Its values are not taken.
    pub pause: bool,
    /// It is heard, whatever else it is; the others are not, while one of them is soloed: see [`SoloMode`].
    pub solo: bool,
}

/// What is done with inputs that are not soloed, while others are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SoloMode {
    /// Their values are taken and dropped.
    #[default]
    Mute,
    /// Their values are not taken.
    Pause,
}

/// The inputs of an output, and what is done with them; from [`mix`]. Clones are handles of the same one.
pub struct Mix<T: 'static> {
    shared: Rc<Shared<T>>,
    /// Shared by the handles alone.
    handles: Rc<Handles<T>>,
}

/// What goes with the last handle.
struct Handles<T: 'static>(Rc<Shared<T>>);

impl<T: 'static> Drop for Handles<T> {
    fn drop(&mut self) {
        self.0.is_complete.set(true);
        self.0.change();
    }
}

struct Shared<T: 'static> {
    /// In order of adding. Not borrowed while anybody waits, or code of the user's runs.
    inputs: RefCell<Vec<(Input<T>, Attributes)>>,
    mode: Cell<SoloMode>,
    /// No input can be added any more.
    is_complete: Cell<bool>,
    /// Closed with the next change, which is when there is another.
    changed: RefCell<Channel<T>>,
}

/// Puts the values of all channels and receivers that are [added](Mix::admix) to `to`, as they come, until `to` is closed.
/// Inputs that end are removed; without any it waits for the next, as long as there is a handle to add one with, and ends `to` then.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let (out, voice, music) = (Channel::new(), Channel::new(), Channel::new());
///     let desk = ops::mix(out.clone());
///     desk.admix(&voice);
///     desk.admix(&music);
///     desk.toggle(&music, |music| music.mute = true);
///     go(move || {
///         put(&music, "la la").unwrap(); // taken, and not heard
///         put(&voice, "hello").unwrap();
///     });
///     assert_eq!(take(&out), Some("hello"));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn mix<W>(to: W) -> Mix<W::Item>
where
    W: WritePort + Clone + 'static,
{
    let shared = Rc::new(Shared {
        inputs: RefCell::default(),
        mode: Cell::default(),
        is_complete: Cell::new(false),
        changed: RefCell::new(Channel::new()),
    });
    let out = Output::new(to.clone(), AtEnd::Close);
    let (desk, ending) = (Desk(shared.clone()), shared.clone());
    start("mix", move || while !out.port.is_closed() && desk.0.carry_one(&out.port) {});
    start("mix", move || {
        to.closed();
        ending.change();
    });
    Mix { handles: Rc::new(Handles(shared.clone())), shared }
}

/// The process's share: when it goes, on whatever way, it lets go of the inputs.
struct Desk<T: 'static>(Rc<Shared<T>>);

impl<T: 'static> Drop for Desk<T> {
    fn drop(&mut self) {
        self.0.is_complete.set(true);
        let _gone = self.0.inputs.take();
    }
}

impl<T: 'static> Shared<T> {
    /// Waits for a value and puts it to `out`, or for a change. False if nobody wanted it, or none will come.
    fn carry_one(&self, out: &impl WritePort<Item = T>) -> bool {
        if self.is_complete.get() && self.inputs.borrow().is_empty() {
            return false;
        }
        let changed = Input::from(&*self.changed.borrow());
        let (inputs, heard) = self.to_be_read();
        let (value, from) = alts(inputs.iter().chain([&changed]));
        let Some(value) = value else {
            self.remove(|input| input == from);
            return true;
        };
        let is_heard = inputs.iter().position(|input| input == from).is_some_and(|index| heard[index]);
        if !is_heard {
            return true;
        }
        let Err(Closed(value)) = out.put(value) else { return true };
        from.put_back(value);
        false
    }

    /// The inputs that are to be read, and whether each is heard.
    fn to_be_read(&self) -> (Vec<Input<T>>, Vec<bool>) {
        let inputs = self.inputs.borrow();
        let soloing = inputs.iter().any(|(_, attributes)| attributes.solo);
        let read = inputs.iter().filter_map(|(input, attributes)| {
            let Attributes { mute, pause, solo } = *attributes;
            let off = soloing && !solo;
            let paused = !solo && (pause || off && self.mode.get() == SoloMode::Pause);
            (!paused).then(|| (input.clone(), solo || !(mute || off)))
        });
        read.unzip()
    }

    fn remove(&self, is: impl Fn(&Input<T>) -> bool) {
        let (_gone, left) = self.inputs.take().into_iter().partition(|(input, _)| is(input));
        self.inputs.replace(left);
    }

    /// What is read is to be decided anew.
    fn change(&self) {
        let before = self.changed.replace(Channel::new());
        before.close();
    }
}

impl<T: 'static> Mix<T> {
    /// Adds an input, a channel or a receiver, which is heard. To add one that is there already changes nothing.
    pub fn admix(&self, input: impl Into<Input<T>>) {
        self.toggle(input, |_| ());
    }

    /// Removes an input: none of its values is taken any more.
    pub fn unmix(&self, input: impl Into<Input<T>>) {
        let input = input.into();
        self.shared.remove(|known| *known == input);
        self.shared.change();
    }

    /// Removes all inputs.
    pub fn unmix_all(&self) {
        let _gone = self.shared.inputs.take();
        self.shared.change();
    }

    /// Changes what is done with an input, before the next value is taken. One that was not there is added.
    ///
    /// ```
    /// use csp::{Channel, ops, prelude::*};
    ///
    /// csp::run(|| {
    ///     let desk = ops::mix(Channel::<u32>::new());
    ///     desk.toggle(&Channel::new(), |input| input.solo = true);
    /// });
    /// ```
    pub fn toggle(&self, input: impl Into<Input<T>>, change: impl FnOnce(&mut Attributes)) {
        let input = input.into();
        let place = |inputs: &[(Input<T>, Attributes)]| inputs.iter().position(|(known, _)| *known == input);
        let mut attributes = {
            let inputs = self.shared.inputs.borrow();
            place(&inputs).map(|index| inputs[index].1).unwrap_or_default()
        };
        change(&mut attributes);
        {
            let mut inputs = self.shared.inputs.borrow_mut();
            match place(&inputs) {
                Some(index) => inputs[index].1 = attributes,
                None if self.shared.is_complete.get() => {}
                None => inputs.push((input.clone(), attributes)),
            }
        }
        self.shared.change();
    }

    /// What is done with the inputs that are not soloed, while others are: at first they are muted.
    pub fn solo_mode(&self, mode: SoloMode) {
        self.shared.mode.set(mode);
        self.shared.change();
    }
}

impl<T: 'static> Clone for Mix<T> {
    fn clone(&self) -> Self {
        Mix { shared: self.shared.clone(), handles: self.handles.clone() }
    }
}

impl<T: 'static> fmt::Debug for Mix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.shared.inputs.borrow();
        f.debug_list().entries(inputs.iter().map(|(input, attributes)| (input, attributes))).finish()
    }
}
