// SPDX-License-Identifier: MIT
//! tape - reading and writing tapes, refusing and noting, with less to write at each call.
use crate::abi::{Call, Item, Tape, ENOUGH, OK};
use crate::json::host;
use std::os::raw::{c_char, c_int};

/// A NUL-terminated literal.
macro_rules! z {
    ($text:literal) => {
        concat!($text, "\0").as_ptr() as *const std::os::raw::c_char
    };
}

pub unsafe fn emit(tape: *mut Tape, item: Item) -> c_int {
    (host().emit)(tape, &item)
}

/// Enough for the host is as good as all.
pub fn done(rc: c_int) -> c_int {
    if rc == ENOUGH {
        OK
    } else {
        rc
    }
}

pub unsafe fn refuse(call: *mut Call, rc: c_int, why: *const c_char) -> c_int {
    (host().fail)(call, rc, z!("%s"), why)
}

pub unsafe fn note(call: *mut Call, deed: c_int, item: &Item, why: *const c_char) {
    (host().note_item)(call, deed, item, why)
}

/// The items of a tape, one after the other.
pub struct Items(*const Tape, usize);

impl Items {
    pub fn of(tape: *const Tape) -> Items {
        Items(tape, 0)
    }
}

impl Iterator for Items {
    type Item = &'static Item;

    fn next(&mut self) -> Option<&'static Item> {
        let item = unsafe { (host().item)(self.0, self.1) };
        self.1 += 1;
        unsafe { item.as_ref() } // lent for the call, which is all this iterator lives for
    }
}
