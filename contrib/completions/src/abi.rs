// SPDX-License-Identifier: MIT
//! abi - <claude-proxy/plugin.h> and <claude-proxy/json.h> as Rust sees them, by hand.
//!
//! Only what this plugin touches has a type; the rest are pointers that keep their places.  Structures grow at their
//! ends, so a mirror that stops early is a plugin of an older day, and the sizes say so.  tests/layout.c prints what the
//! C compiler makes of the real headers, and src/layout.rs holds this file against it.
#![allow(dead_code)]

use std::os::raw::{c_char, c_int, c_void};

/// n bytes, not NUL-terminated; a NULL p is absent, which is not the same as empty.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub p: *const c_char,
    pub n: usize,
}

impl Str {
    pub const NONE: Str = Str { p: std::ptr::null(), n: 0 };

    pub const fn of(text: &'static str) -> Str {
        Str { p: text.as_ptr() as *const c_char, n: text.len() }
    }

    pub fn is_none(self) -> bool {
        self.p.is_null()
    }

    /// Lent like the Str itself; the caller knows until when.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.n == 0 {
            return b"";
        }
        std::slice::from_raw_parts(self.p as *const u8, self.n)
    }
}

// enum cp_rc
pub const OK: c_int = 0;
pub const ENOUGH: c_int = 1;
pub const E_SYNTAX: c_int = -1;
pub const E_UNSUPPORTED: c_int = -2;
pub const E_NOMEM: c_int = -4;
pub const E_BUG: c_int = -6;

// enum cp_op, cp_phase
pub const OP_CHAT: u32 = 1;
pub const REQUEST: c_int = 1;
pub const RESPONSE: c_int = 2;
pub const FAILURE: c_int = 3;

// enum cp_kind
pub const START: u32 = 1;
pub const PARAM: u32 = 2;
pub const SYSTEM: u32 = 3;
pub const MESSAGE: u32 = 6;
pub const TEXT: u32 = 7;
pub const REFUSAL: u32 = 8;
pub const STOP: u32 = 18;
pub const USAGE: u32 = 19;
pub const ERROR: u32 = 20;
pub const NATIVE: u32 = 25;
pub const END: u32 = 27;

// flags of an item
pub const OPEN: u32 = 1;
pub const CLOSE: u32 = 2;
pub const WHOLE: u32 = 3;

// enum cp_role, cp_stop, cp_meter, cp_trouble, cp_deed
pub const USER: u32 = 1;
pub const ASSISTANT: u32 = 2;
pub const STOP_TURN: u32 = 1;
pub const STOP_LENGTH: u32 = 2;
pub const STOP_REFUSED: u32 = 5;
pub const METER_INPUT: u32 = 1;
pub const METER_INPUT_LAST: u32 = 5;
pub const METER_OUTPUT: u32 = 6;
pub const METER_REASONING: u32 = 7;
pub const BAD_REQUEST: u32 = 1;
pub const CONTEXT_TOO_LONG: u32 = 2;
pub const AUTH: u32 = 3;
pub const BILLING: u32 = 4;
pub const NOT_FOUND: u32 = 6;
pub const RATE_LIMIT: u32 = 9;
pub const OVERLOADED: u32 = 10;
pub const SERVER: u32 = 12;
pub const STREAM_CUT: u32 = 14;
pub const DEED_APPROXIMATED: c_int = 2;
pub const DEED_DROPPED: c_int = 3;

pub const IN_HEADER: c_int = 1;
pub const SSE: u32 = 1;
pub const MAGIC: u32 = 0x4350_7831;

pub const fn bit(kind: u32) -> u64 {
    1 << kind
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Item {
    pub size: u32,
    pub kind: u32,
    pub flags: u32,
    pub index: u32,
    pub sub: u32,
    pub choice: u32,
    pub text: Str,
    pub name: Str,
    pub id: Str,
    pub meta: Str,
    pub num: i64,
}

impl Item {
    pub const fn of(kind: u32) -> Item {
        Item {
            size: std::mem::size_of::<Item>() as u32,
            kind,
            flags: 0,
            index: 0,
            sub: 0,
            choice: 0,
            text: Str::NONE,
            name: Str::NONE,
            id: Str::NONE,
            meta: Str::NONE,
            num: 0,
        }
    }
}

/// The host's own; only ever pointed to.
#[repr(C)]
pub struct Tape {
    _hidden: [u8; 0],
}
#[repr(C)]
pub struct Out {
    _hidden: [u8; 0],
}
#[repr(C)]
pub struct Head {
    _hidden: [u8; 0],
}
#[repr(C)]
pub struct Conf {
    _hidden: [u8; 0],
}

#[repr(C)]
pub struct Call {
    pub op: u32,
    pub want: u32,
    pub stream: u32,
    pub attempt: u32,
    pub model: Str,
    pub client_model: Str,
    pub trace: Str,
    pub client_dialect: Str,
    pub request: Str,
}

#[repr(C)]
pub struct Frame {
    pub event: Str,
    pub data: Str,
}

type Unused = *const c_void;

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub minor: u32,
    pub version: *const c_char,
    pub alloc: unsafe extern "C" fn(*mut Call, usize) -> *mut c_void,
    pub fail: unsafe extern "C" fn(*mut Call, c_int, *const c_char, ...) -> c_int,
    pub log: Unused,
    pub now_ms: unsafe extern "C" fn() -> i64,
    pub emit: unsafe extern "C" fn(*mut Tape, *const Item) -> c_int,
    pub item: unsafe extern "C" fn(*const Tape, usize) -> *const Item,
    pub write: Unused,
    pub frame: unsafe extern "C" fn(*mut Out, Str, Str) -> c_int,
    pub frame_open: unsafe extern "C" fn(*mut Out, *const c_char) -> c_int,
    pub frame_close: unsafe extern "C" fn(*mut Out) -> c_int,
    pub set_status: unsafe extern "C" fn(*mut Out, c_int) -> c_int,
    pub set_path: unsafe extern "C" fn(*mut Head, *const c_char, *const c_char) -> c_int,
    pub add_query: Unused,
    pub add_header: Unused,
    pub place_key: unsafe extern "C" fn(*mut Head, c_int, *const c_char, *const c_char) -> c_int,
    pub key_begins: Unused,
    pub get_header: Unused,
    pub conf_str: Unused,
    pub conf_int: Unused,
    pub note: unsafe extern "C" fn(*mut Call, c_int, Str, *const c_char),
    pub rename: Unused,
    pub original: Unused,
    pub digest: Unused,
    pub wrap: Unused,
    pub unwrap: Unused,
    pub service: unsafe extern "C" fn(*const c_char, u32) -> *const c_void,
    pub note_item: unsafe extern "C" fn(*mut Call, c_int, *const Item, *const c_char),
}

#[repr(C)]
pub struct Json {
    pub size: u32,
    pub reserved: u32,
    pub check: unsafe extern "C" fn(*mut Call, Str) -> c_int,
    pub kind: unsafe extern "C" fn(Str) -> c_char,
    pub get: unsafe extern "C" fn(Str, *const c_char) -> Str,
    pub each: unsafe extern "C" fn(Str, *mut usize, *mut Str, *mut Str) -> c_int,
    pub text: unsafe extern "C" fn(*mut Call, Str) -> Str,
    pub integer: unsafe extern "C" fn(Str, *mut i64) -> c_int,
    pub is: unsafe extern "C" fn(Str, *const c_char) -> c_int,
    pub open: unsafe extern "C" fn(*mut Out, c_char) -> c_int,
    pub close: unsafe extern "C" fn(*mut Out) -> c_int,
    pub key: unsafe extern "C" fn(*mut Out, *const c_char) -> c_int,
    pub string: unsafe extern "C" fn(*mut Out, Str) -> c_int,
    pub number: unsafe extern "C" fn(*mut Out, i64) -> c_int,
    pub raw: unsafe extern "C" fn(*mut Out, Str) -> c_int,
    pub quote_open: unsafe extern "C" fn(*mut Out) -> c_int,
    pub piece: unsafe extern "C" fn(*mut Out, Str) -> c_int,
    pub quote_close: unsafe extern "C" fn(*mut Out) -> c_int,
}

#[repr(C)]
pub struct Endpoint {
    pub op: u32,
    pub stream: u32,
    pub method: *const c_char,
    pub path: *const c_char,
    pub when_header: *const c_char,
    pub when_query: *const c_char,
    pub framing: u32,
    pub reserved: u32,
}

type Decode = unsafe extern "C" fn(*mut c_void, *mut Call, c_int, Str, *mut Tape) -> c_int;
type Encode = unsafe extern "C" fn(*mut c_void, *mut Call, c_int, *const Tape, *mut Out) -> c_int;
type Opener = unsafe extern "C" fn(*mut c_void, *mut Call, *mut *mut c_void) -> c_int;

#[repr(C)]
pub struct Adapter {
    pub size: u32,
    pub framing: u32,
    pub speaks: u64,
    pub ops: u64,
    pub dialect: *const c_char,
    pub family: *const c_char,
    pub title: *const c_char,
    pub keepalive: *const c_char,
    pub request_id_header: *const c_char,
    pub endpoints: *const Endpoint,
    pub endpoints_n: u32,
    pub endpoint_size: u32,
    pub options: Unused,
    pub options_n: u32,
    pub option_size: u32,
    pub configure: Unused,
    pub forget: Unused,
    pub target: unsafe extern "C" fn(*mut c_void, *mut Call, *mut Head) -> c_int,
    pub decode: Decode,
    pub encode: Encode,
    pub rx_open: Opener,
    pub rx_frame: unsafe extern "C" fn(*mut c_void, *mut Call, *const Frame, *mut Tape) -> c_int,
    pub rx_close: unsafe extern "C" fn(*mut c_void, *mut Call, c_int, *mut Tape) -> c_int,
    pub tx_open: Opener,
    pub tx_item: unsafe extern "C" fn(*mut c_void, *mut Call, *const Item, *mut Out) -> c_int,
    pub tx_close: unsafe extern "C" fn(*mut c_void, *mut Call, c_int, *mut Out) -> c_int,
    pub classify: Unused,
    pub extension: Unused,
    pub flags: u32,
    pub reserved: u32,
    pub amend: Unused,
    pub reads: *const c_char,
    pub session: *const *const c_char,
    pub session_n: u32,
    pub reserved2: u32,
}

#[repr(C)]
pub struct Plugin {
    pub magic: u32,
    pub major: u16,
    pub needs_minor: u16,
    pub size: u32,
    pub adapters_n: u32,
    pub adapters: *const *const Adapter,
    pub name: *const c_char,
    pub version: *const c_char,
    pub license: *const c_char,
    pub contact: *const c_char,
    pub load: unsafe extern "C" fn(*const Host) -> c_int,
    pub unload: Unused,
    pub stores: Unused,
    pub stores_n: u32,
    pub reserved: u32,
}
