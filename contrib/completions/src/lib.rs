// SPDX-License-Identifier: MIT
//! completions - OpenAI's older Completions API as a dialect of the gateway, in Rust.
//!
//!     POST /v1/completions   {"model", "prompt", "max_tokens", "stream", ...}
//!     200                    {"choices": [{"text", "finish_reason"}], "usage"}
//!     200, a stream          data: {"choices": [{"text": "a piece"}]} ... data: [DONE]
//!
//! llama.cpp, vLLM and their kin serve it, and programs from before chats ask it.  A prompt is what a user says; a
//! conversation, which this API does not know, is written down as one.  There are no tools and no images: what has them
//! is scheduled elsewhere, because `speaks` does not name them.
//!
//! Every hook runs inside guard(): a panic ends there and becomes CP_E_BUG, never an unwinding through C.  Nothing is
//! kept in Rust's own memory beyond a call; what must live longer is the request's (host.alloc).
mod abi;
#[macro_use]
mod tape;
mod answer;
mod json;
mod request;
mod stream;

use abi::*;
use json::host;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use stream::{Reading, Writing};

/// No panic leaves this plugin.
fn guard(hook: impl FnOnce() -> c_int) -> c_int {
    catch_unwind(AssertUnwindSafe(hook)).unwrap_or(E_BUG)
}

// ---- the hooks ----------------------------------------------------------------------------------------------------------

unsafe extern "C" fn load(given: *const Host) -> c_int {
    guard(|| {
        std::panic::set_hook(Box::new(|_| ())); // this plugin's own: a plugin prints nothing
        json::keep_host(given)
    })
}

unsafe extern "C" fn target(_: *mut c_void, _: *mut Call, head: *mut Head) -> c_int {
    guard(|| {
        (host().set_path)(head, z!("v1"), z!("/completions"));
        (host().place_key)(head, IN_HEADER, z!("Authorization"), z!("Bearer "))
    })
}

unsafe extern "C" fn decode(_: *mut c_void, call: *mut Call, phase: c_int, body: Str, tape: *mut Tape) -> c_int {
    guard(|| match phase {
        REQUEST => request::decode(call, body, tape),
        RESPONSE => answer::decode(call, body, tape),
        _ => answer::error_emit(call, body, tape),
    })
}

unsafe extern "C" fn encode(_: *mut c_void, call: *mut Call, phase: c_int, tape: *const Tape, out: *mut Out) -> c_int {
    guard(|| match phase {
        REQUEST => request::encode(call, tape, out),
        RESPONSE => answer::encode(call, tape, out),
        _ => answer::failure_encode(call, tape, out),
    })
}

unsafe fn open<T>(call: *mut Call, state: *mut *mut c_void) -> c_int {
    *state = (host().alloc)(call, std::mem::size_of::<T>());
    if (*state).is_null() {
        E_NOMEM
    } else {
        OK
    }
}

unsafe extern "C" fn rx_open(_: *mut c_void, call: *mut Call, state: *mut *mut c_void) -> c_int {
    guard(|| open::<Reading>(call, state))
}

unsafe extern "C" fn rx_frame(state: *mut c_void, call: *mut Call, frame: *const Frame, tape: *mut Tape) -> c_int {
    guard(|| stream::frame_decode(call, &mut *(state as *mut Reading), (*frame).data, tape))
}

unsafe extern "C" fn rx_close(state: *mut c_void, _: *mut Call, rc: c_int, tape: *mut Tape) -> c_int {
    guard(|| stream::close(&mut *(state as *mut Reading), rc, tape))
}

unsafe extern "C" fn tx_open(_: *mut c_void, call: *mut Call, state: *mut *mut c_void) -> c_int {
    guard(|| open::<Writing>(call, state))
}

unsafe extern "C" fn tx_item(state: *mut c_void, call: *mut Call, item: *const Item, out: *mut Out) -> c_int {
    guard(|| stream::item_write(call, &mut *(state as *mut Writing), &*item, out))
}

unsafe extern "C" fn tx_close(_: *mut c_void, _: *mut Call, _: c_int, _: *mut Out) -> c_int {
    OK
}

// ---- what the host reads before it calls anything -----------------------------------------------------------------------

/// Data that nobody writes to.
#[repr(transparent)]
pub struct Fixed<T>(T);
unsafe impl<T> Sync for Fixed<T> {}

static ENDPOINTS: Fixed<[Endpoint; 1]> = Fixed([Endpoint {
    op: OP_CHAT,
    stream: 0,
    method: z!("POST"),
    path: z!("/v1/completions"),
    when_header: std::ptr::null(),
    when_query: std::ptr::null(),
    framing: SSE,
    reserved: 0,
}]);

static SESSION: Fixed<[*const c_char; 2]> = Fixed([z!("header:x-session-id"), z!("body:user")]);

static ADAPTER: Fixed<Adapter> = Fixed(Adapter {
    size: std::mem::size_of::<Adapter>() as u32,
    framing: SSE,
    speaks: bit(START)
        | bit(PARAM)
        | bit(SYSTEM)
        | bit(MESSAGE)
        | bit(TEXT)
        | bit(REFUSAL)
        | bit(STOP)
        | bit(USAGE)
        | bit(ERROR)
        | bit(NATIVE)
        | bit(END),
    ops: bit(OP_CHAT),
    dialect: z!("completions"),
    family: z!("completions"),
    title: z!("OpenAI Completions (before chats)"),
    keepalive: z!(": keepalive\n\n"),
    request_id_header: z!("x-request-id"),
    endpoints: ENDPOINTS.0.as_ptr(),
    endpoints_n: 1,
    endpoint_size: std::mem::size_of::<Endpoint>() as u32,
    options: std::ptr::null(),
    options_n: 0,
    option_size: 0,
    configure: std::ptr::null(),
    forget: std::ptr::null(),
    target,
    decode,
    encode,
    rx_open,
    rx_frame,
    rx_close,
    tx_open,
    tx_item,
    tx_close,
    classify: std::ptr::null(),
    extension: std::ptr::null(),
    flags: 0,
    reserved: 0,
    amend: std::ptr::null(),
    reads: std::ptr::null(),
    session: SESSION.0.as_ptr(),
    session_n: 2,
    reserved2: 0,
});

static ADAPTERS: Fixed<[*const Adapter; 1]> = Fixed([&ADAPTER.0]);

/// The only symbol.
#[no_mangle]
pub static cp_plugin_abi1: Fixed<Plugin> = Fixed(Plugin {
    magic: MAGIC,
    major: 1,
    needs_minor: 0,
    size: std::mem::size_of::<Plugin>() as u32,
    adapters_n: 1,
    adapters: ADAPTERS.0.as_ptr(),
    name: z!("completions"),
    version: z!("1.0"),
    license: z!("MIT"),
    contact: std::ptr::null(),
    load,
    unload: std::ptr::null(),
    stores: std::ptr::null(),
    stores_n: 0,
    reserved: 0,
});
