//! Who may run next: one queue per scheduler, in order of becoming runnable.
//!
//! ```text
//!   Ready ── head ─► Node ─► Node ─► Node ◄─ tail ── Ready
//! ```
//!
//! To wake somebody is to push its node here; nobody ever calls upwards. The nodes belong to those who
//! run (they are the first part of a process's record, or of a callback), so that waking allocates
//! nothing.

use std::cell::Cell;
use std::ptr;

/// What the scheduler does with a node whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Resume the process whose record begins with this node.
    Process,
    /// Run the task (a callback, a waker) of this number.
    Task(u32),
}

/// A place in the queue.
///
/// Invariant: while it is queued, which is when `next` is not [`NOT_QUEUED`], the node is alive and at the same
/// address. Its owner keeps that: the process table holds a record until its process has ended, the table of
/// tasks a task until it has run, and a scheduler empties its queue before it lets either go.
pub(crate) struct Node {
    /// The one behind it in the queue, null for the last.
    next: Cell<*const Node>,
    kind: Cell<Kind>,
}

/// The `next` of a node that is in no queue: an address at which no node can be.
const NOT_QUEUED: *const Node = ptr::without_provenance(1);

impl Node {
    pub(crate) fn new(kind: Kind) -> Node {
        Node { next: Cell::new(NOT_QUEUED), kind: Cell::new(kind) }
    }

    #[inline(always)]
    pub(crate) fn kind(&self) -> Kind {
        self.kind.get()
    }

    /// Puts it before `rest`, a chain of nodes that are in no queue, and nobody else's meanwhile.
    pub(crate) fn chain(&self, rest: *const Node) {
        self.next.set(rest);
    }

    /// Turns a chain round.
    ///
    /// # Safety
    /// All of its nodes are there.
    pub(crate) unsafe fn reversed(mut chain: *const Node) -> *const Node {
        let mut reversed = ptr::null();
        while !chain.is_null() {
            // SAFETY: the caller's promise.
            let next = unsafe { (*chain).next.replace(reversed) };
            (reversed, chain) = (chain, next);
        }
        reversed
    }

    /// It is in no chain any more; what was behind it there.
    pub(crate) fn unchain(&self) -> *const Node {
        self.next.replace(NOT_QUEUED)
    }

    /// The one behind it in the queue.
    #[inline(always)]
    pub(crate) fn behind(&self) -> *const Node {
        self.next.get()
    }

    #[inline(always)]
    fn is_queued(&self) -> bool {
        self.next.get() != NOT_QUEUED
    }

    pub(crate) fn set_kind(&self, kind: Kind) {
        self.kind.set(kind);
    }
}

/// The queue. Invariant: it links exactly the nodes that are queued in it.
pub(crate) struct Ready {
    head: Cell<*const Node>,
    tail: Cell<*const Node>,
}

impl Ready {
    pub(crate) fn new() -> Ready {
        Ready { head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.get().is_null()
    }

    /// Puts a node at the end of the queue. One that is in it already keeps its place. Whether it has become the first.
    ///
    /// # Safety
    /// The node stays alive, at this address, until it has been popped.
    #[inline(always)]
    pub(crate) unsafe fn push(&self, node: &Node) -> bool {
        if node.is_queued() {
            return false;
        }
        node.next.set(ptr::null());
        let last = self.tail.replace(node);
        if last.is_null() {
            self.head.set(node);
        } else {
            // SAFETY: `last` is queued here, hence alive (invariant of `Node`).
            unsafe { (*last).next.set(node) }
        }
        last.is_null()
    }

    /// Puts a node at the head of the queue: it is the very next to run.
    ///
    /// # Safety
    /// As for [`push`](Ready::push), and the node is not queued yet.
    pub(crate) unsafe fn push_front(&self, node: &Node) {
        debug_assert!(!node.is_queued());
        node.next.set(self.head.replace(node));
        if self.tail.get().is_null() {
            self.tail.set(node);
        }
    }

    /// The node whose turn is next.
    #[inline(always)]
    pub(crate) fn first(&self) -> *const Node {
        self.head.get()
    }

    /// Takes the node whose turn it is.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<*const Node> {
        let first = self.head.get();
        if first.is_null() {
            return None;
        }
        // SAFETY: `first` is queued here, hence alive (invariant of `Node`).
        let node = unsafe { &*first };
        let next = node.next.replace(NOT_QUEUED);
        self.head.set(next);
        if next.is_null() {
            self.tail.set(ptr::null());
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_and_never_twice() {
        let ready = Ready::new();
        let nodes: Vec<Node> = (0..3).map(|n| Node::new(Kind::Task(n))).collect();
        // SAFETY: the nodes outlive the queue's use of them: all are popped below.
        unsafe {
            ready.push(&nodes[0]);
            ready.push(&nodes[1]);
            ready.push(&nodes[0]);
            ready.push_front(&nodes[2]);
        }
        let mut order = Vec::new();
        while let Some(node) = ready.pop() {
            // SAFETY: it is one of `nodes`.
            order.push(unsafe { (*node).kind() });
        }
        assert_eq!(order, [Kind::Task(2), Kind::Task(0), Kind::Task(1)]);
        assert!(ready.is_empty() && nodes.iter().all(|n| !n.is_queued()));
    }
}
