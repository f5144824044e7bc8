// SPDX-License-Identifier: MIT
//! layout - the mirror of the headers, held against what a C compiler made of them (tests/layout.c).
//!
//!     LAYOUT=layout.txt ./layout-test
mod abi;

use std::collections::HashMap;
use std::mem::{size_of, MaybeUninit};

/// "NAME VALUE" of each line.
fn told() -> HashMap<String, usize> {
    let file = std::env::var("LAYOUT").expect("LAYOUT names what tests/layout.c printed");
    let text = std::fs::read_to_string(file).expect("it can be read");
    text.lines()
        .map(|line| line.split_once(' ').expect("a name and a number"))
        .map(|(name, value)| (name.to_string(), value.parse().expect("a number")))
        .collect()
}

/// Offsets of the fields named, and that the structure is no longer than the real one.
macro_rules! mirror {
    ($told:ident, $wrong:ident, $c:literal, $rust:ty, [$($field:ident)*]) => {
        if size_of::<$rust>() > $told[$c] {
            $wrong.push(format!("{} has {} bytes here, {} there", $c, size_of::<$rust>(), $told[$c]));
        }
        $({
            let it = MaybeUninit::<$rust>::uninit();
            let p = it.as_ptr();
            let here = unsafe { std::ptr::addr_of!((*p).$field) as usize } - p as usize;
            let name = concat!($c, ".", stringify!($field));
            match $told.get(name) {
                Some(there) if *there == here => {}
                there => $wrong.push(format!("{} is at {} here, at {:?} there", name, here, there)),
            }
        })*
    };
}

#[test]
fn structures_are_laid_out_as_in_c() {
    let told = told();
    let mut wrong = Vec::new();
    mirror!(told, wrong, "cp_str", abi::Str, [p n]);
    mirror!(told, wrong, "cp_item", abi::Item, [size kind flags index sub choice text name id meta num]);
    mirror!(told, wrong, "cp_call", abi::Call,
            [op want stream attempt model client_model trace client_dialect request]);
    mirror!(told, wrong, "cp_frame", abi::Frame, [event data]);
    mirror!(told, wrong, "cp_host", abi::Host,
            [size minor version alloc fail now_ms emit item frame frame_open frame_close set_status set_path place_key note
             service note_item]);
    mirror!(told, wrong, "cp_json", abi::Json,
            [size check kind get each text integer is open close key string number raw quote_open piece quote_close]);
    mirror!(told, wrong, "cp_endpoint", abi::Endpoint, [op stream method path when_header when_query framing]);
    mirror!(told, wrong, "cp_adapter", abi::Adapter,
            [size framing speaks ops dialect family title keepalive request_id_header endpoints endpoints_n endpoint_size
             options configure forget target decode encode rx_open rx_frame rx_close tx_open tx_item tx_close classify
             extension flags amend reads session session_n]);
    mirror!(told, wrong, "cp_plugin", abi::Plugin,
            [magic major needs_minor size adapters_n adapters name version license contact load unload stores stores_n]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_are_those_of_the_header() {
    let told = told();
    let ours: &[(&str, i64)] = &[
        ("CP_OK", abi::OK as i64),
        ("CP_ENOUGH", abi::ENOUGH as i64),
        ("CP_CHAT", abi::OP_CHAT as i64),
        ("CP_REQUEST", abi::REQUEST as i64),
        ("CP_RESPONSE", abi::RESPONSE as i64),
        ("CP_FAILURE", abi::FAILURE as i64),
        ("CP_START", abi::START as i64),
        ("CP_PARAM", abi::PARAM as i64),
        ("CP_SYSTEM", abi::SYSTEM as i64),
        ("CP_MESSAGE", abi::MESSAGE as i64),
        ("CP_TEXT", abi::TEXT as i64),
        ("CP_REFUSAL", abi::REFUSAL as i64),
        ("CP_STOP", abi::STOP as i64),
        ("CP_USAGE", abi::USAGE as i64),
        ("CP_ERROR", abi::ERROR as i64),
        ("CP_NATIVE", abi::NATIVE as i64),
        ("CP_END", abi::END as i64),
        ("CP_OPEN", abi::OPEN as i64),
        ("CP_CLOSE", abi::CLOSE as i64),
        ("CP_WHOLE", abi::WHOLE as i64),
        ("CP_USER", abi::USER as i64),
        ("CP_ASSISTANT", abi::ASSISTANT as i64),
        ("CP_STOP_TURN", abi::STOP_TURN as i64),
        ("CP_STOP_LENGTH", abi::STOP_LENGTH as i64),
        ("CP_STOP_REFUSED", abi::STOP_REFUSED as i64),
        ("CP_INPUT", abi::METER_INPUT as i64),
        ("CP_INPUT_TOOLS", abi::METER_INPUT_LAST as i64),
        ("CP_OUTPUT", abi::METER_OUTPUT as i64),
        ("CP_REASONING_TOKENS", abi::METER_REASONING as i64),
        ("CP_BAD_REQUEST", abi::BAD_REQUEST as i64),
        ("CP_CONTEXT_TOO_LONG", abi::CONTEXT_TOO_LONG as i64),
        ("CP_AUTH", abi::AUTH as i64),
        ("CP_BILLING", abi::BILLING as i64),
        ("CP_NOT_FOUND", abi::NOT_FOUND as i64),
        ("CP_RATE_LIMIT", abi::RATE_LIMIT as i64),
        ("CP_OVERLOADED", abi::OVERLOADED as i64),
        ("CP_SERVER", abi::SERVER as i64),
        ("CP_STREAM_CUT", abi::STREAM_CUT as i64),
        ("CP_APPROXIMATED", abi::DEED_APPROXIMATED as i64),
        ("CP_DROPPED", abi::DEED_DROPPED as i64),
        ("CP_IN_HEADER", abi::IN_HEADER as i64),
        ("CP_SSE", abi::SSE as i64),
        ("CP_MAGIC", abi::MAGIC as i64),
    ];
    let wrong: Vec<_> = ours.iter().filter(|(name, n)| told[*name] as i64 != *n).collect();
    assert!(wrong.is_empty(), "{:?}", wrong);
    assert_eq!(told["CP_ABI_MAJOR"], 1);
}
