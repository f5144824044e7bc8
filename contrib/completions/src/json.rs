// SPDX-License-Identifier: MIT
//! json - the host's table and its json service, with less to write at each call.
//!
//! A value is the slice of the body that spells it; nothing is parsed into anything.
use crate::abi::{Call, Host, Json, Out, Str, E_UNSUPPORTED, OK};
use std::os::raw::{c_char, c_int};
use std::sync::atomic::{AtomicPtr, Ordering};

static HOST: AtomicPtr<Host> = AtomicPtr::new(std::ptr::null_mut());
static JSON: AtomicPtr<Json> = AtomicPtr::new(std::ptr::null_mut());

/// From load(): before it nothing is called, and the table lives as long as the process.
pub fn host() -> &'static Host {
    unsafe { &*HOST.load(Ordering::Relaxed) }
}

pub fn api() -> &'static Json {
    unsafe { &*JSON.load(Ordering::Relaxed) }
}

pub unsafe fn keep_host(given: *const Host) -> c_int {
    let service = ((*given).service)(b"json\0".as_ptr() as *const c_char, 1);
    if service.is_null() {
        return E_UNSUPPORTED;
    }
    HOST.store(given as *mut Host, Ordering::Relaxed);
    JSON.store(service as *mut Json, Ordering::Relaxed);
    OK
}

/// One of { [ " 0 t f n; 0 for what is absent.
pub unsafe fn kind(value: Str) -> u8 {
    if value.is_none() {
        return 0;
    }
    (api().kind)(value) as u8
}

pub unsafe fn is_null(value: Str) -> bool {
    matches!(kind(value), 0 | b'n')
}

/// The string that is this member, unescaped; absent if it is none.
pub unsafe fn text(call: *mut Call, object: Str, key: *const c_char) -> Str {
    let value = (api().get)(object, key);
    if kind(value) == b'"' {
        (api().text)(call, value)
    } else {
        Str::NONE
    }
}

/// A whole number that is not negative.
pub unsafe fn count(object: Str, key: *const c_char) -> Option<i64> {
    let value = if kind(object) == b'{' { (api().get)(object, key) } else { Str::NONE };
    let mut n = -1;
    if kind(value) == b'0' && (api().integer)(value, &mut n) == OK && (0..i64::MAX / 8).contains(&n) {
        Some(n)
    } else {
        None
    }
}

/// In the request's memory; absent when that is used up, which the host remembers.
pub unsafe fn join(call: *mut Call, parts: &[&[u8]]) -> Str {
    let n = parts.iter().map(|part| part.len()).sum();
    let p = (host().alloc)(call, n + 1) as *mut u8;
    if p.is_null() {
        return Str::NONE;
    }
    let mut at = 0;
    for part in parts {
        std::ptr::copy_nonoverlapping(part.as_ptr(), p.add(at), part.len());
        at += part.len();
    }
    Str { p: p as *const c_char, n }
}

/// Members or elements: (key, value).
pub struct Each {
    list: Str,
    at: usize,
}

impl Each {
    pub unsafe fn of(list: Str) -> Each {
        let is_list = matches!(kind(list), b'[' | b'{');
        Each { list: if is_list { list } else { Str::of("[]") }, at: 0 }
    }
}

impl Iterator for Each {
    type Item = (Str, Str);

    fn next(&mut self) -> Option<(Str, Str)> {
        let (mut key, mut value) = (Str::NONE, Str::NONE);
        let got = unsafe { (api().each)(self.list, &mut self.at, &mut key, &mut value) };
        (got == 1).then_some((key, value))
    }
}

/// Writing; an out remembers that it failed, so only the last answer counts.
pub struct Writer(pub *mut Out);

impl Writer {
    pub unsafe fn open(&self, bracket: u8) {
        (api().open)(self.0, bracket as c_char);
    }

    pub unsafe fn begin(&self, key: *const c_char, bracket: u8) {
        (api().key)(self.0, key);
        self.open(bracket);
    }

    pub unsafe fn close(&self) -> c_int {
        (api().close)(self.0)
    }

    pub unsafe fn text(&self, key: *const c_char, text: Str) {
        self.text_or_null(key, if text.is_none() { Str::of("") } else { text });
    }

    pub unsafe fn text_or_null(&self, key: *const c_char, text: Str) {
        (api().key)(self.0, key);
        (api().string)(self.0, text);
    }

    pub unsafe fn number(&self, key: *const c_char, n: i64) {
        (api().key)(self.0, key);
        (api().number)(self.0, n);
    }

    pub unsafe fn raw(&self, key: *const c_char, json: Str) {
        (api().key)(self.0, key);
        (api().raw)(self.0, json);
    }

    pub unsafe fn quote(&self, key: *const c_char) {
        (api().key)(self.0, key);
        (api().quote_open)(self.0);
    }

    pub unsafe fn piece(&self, text: Str) {
        if text.n > 0 {
            (api().piece)(self.0, text);
        }
    }

    pub unsafe fn quote_end(&self) {
        (api().quote_close)(self.0);
    }
}
