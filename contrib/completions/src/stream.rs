// SPDX-License-Identifier: MIT
//! stream - chunks from an upstream, chunks for a client.
use crate::abi::*;
use crate::answer::{error_emit, error_write, head_write, start_emit, stop_of, usage_decode, Sums, CUT};
use crate::json::{self, api, host, Writer};
use crate::tape::{done, emit, refuse};
use std::os::raw::{c_char, c_int};

// ---- from an upstream ----------------------------------------------------------------------------------------------

/// Zeroed by the host, like all that it gives.
#[repr(C)]
pub struct Reading {
    is_started: bool,
    is_finished: bool, // finish_reason was there
    is_over: bool,
    stop: u32,
    word: [u8; 16],
    word_n: usize,
}

pub unsafe fn finish_take(call: *mut Call, r: &mut Reading, choice: Str) {
    let word = json::text(call, choice, z!("finish_reason"));
    if word.n == 0 {
        return;
    }
    r.is_finished = true;
    r.stop = stop_of(word);
    r.word_n = word.n.min(r.word.len());
    r.word[..r.word_n].copy_from_slice(&word.bytes()[..r.word_n]);
    if std::str::from_utf8(&r.word[..r.word_n]).is_err() {
        r.word_n = 0; // cut in the middle of a letter
    }
}

pub unsafe fn chunk_decode(call: *mut Call, r: &mut Reading, chunk: Str, tape: *mut Tape) -> c_int {
    let choice = json::Each::of((api().get)(chunk, z!("choices"))).next();
    if !json::is_null((api().get)(chunk, z!("error"))) {
        r.is_over = true;
        return error_emit(call, chunk, tape);
    }
    if !r.is_started {
        r.is_started = true;
        start_emit(call, chunk, tape);
        emit(tape, Item { flags: OPEN, text: Str::of(""), ..Item::of(TEXT) });
    }
    if let Some((_, choice)) = choice.filter(|(_, choice)| json::kind(*choice) == b'{') {
        let text = json::text(call, choice, z!("text"));
        if text.n > 0 && !r.is_finished {
            emit(tape, Item { text, ..Item::of(TEXT) });
        }
        finish_take(call, r, choice);
    }
    usage_decode(chunk, tape);
    OK
}

unsafe fn end(r: &mut Reading, tape: *mut Tape) -> c_int {
    r.is_over = true;
    emit(tape, Item { flags: CLOSE, text: Str::of(""), ..Item::of(TEXT) });
    emit(tape, Item { flags: CLOSE, sub: ASSISTANT, ..Item::of(MESSAGE) });
    let word = Str { p: r.word.as_ptr() as *const c_char, n: r.word_n };
    emit(tape, Item { sub: r.stop, name: word, ..Item::of(STOP) });
    done(emit(tape, Item::of(END)))
}

unsafe fn cut(r: &mut Reading, tape: *mut Tape) -> c_int {
    r.is_over = true;
    done(emit(tape, Item { sub: STREAM_CUT, text: Str::of(CUT), ..Item::of(ERROR) }))
}

pub unsafe fn close(r: &mut Reading, rc: c_int, tape: *mut Tape) -> c_int {
    if r.is_over {
        return OK;
    }
    if r.is_finished && rc == OK {
        return end(r, tape); // servers that send no [DONE]
    }
    cut(r, tape)
}

pub unsafe fn frame_decode(call: *mut Call, r: &mut Reading, data: Str, tape: *mut Tape) -> c_int {
    if r.is_over || data.n == 0 {
        return OK;
    }
    if data.bytes() == b"[DONE]" {
        return if r.is_finished { end(r, tape) } else { cut(r, tape) };
    }
    if (api().check)(call, data) != OK || json::kind(data) != b'{' {
        return refuse(call, E_SYNTAX, z!("a chunk that is no JSON object"));
    }
    chunk_decode(call, r, data, tape)
}

// ---- to a client ---------------------------------------------------------------------------------------------------

#[repr(C)]
pub struct Writing {
    sums: Sums,
    created: i64,
    id: Str,
    model: Str,
}

/// In the request's memory, because what items say is lent for the call.
pub unsafe fn keep(call: *mut Call, text: Str) -> Str {
    json::join(call, &[text.bytes()])
}

pub unsafe fn chunk_write(call: *mut Call, state: &Writing, out: *mut Out, text: Str, finish: Str) -> c_int {
    let w = Writer(out);
    (host().frame_open)(out, std::ptr::null());
    head_write(call, &w, state.id, state.model, state.created);
    w.begin(z!("choices"), b'[');
    w.open(b'{');
    w.text(z!("text"), text);
    w.number(z!("index"), 0);
    w.raw(z!("logprobs"), Str::of("null"));
    w.text_or_null(z!("finish_reason"), finish);
    w.close();
    w.close();
    w.close();
    (host().frame_close)(out)
}

pub unsafe fn wants_usage(call: *mut Call) -> bool {
    let request = (*call).request;
    let options = if json::kind(request) == b'{' { (api().get)(request, z!("stream_options")) } else { Str::NONE };
    json::kind(options) == b'{' && json::kind((api().get)(options, z!("include_usage"))) == b't'
}

pub unsafe fn last_write(call: *mut Call, state: &Writing, out: *mut Out) -> c_int {
    let w = Writer(out);
    chunk_write(call, state, out, Str::of(""), state.sums.word());
    if wants_usage(call) {
        (host().frame_open)(out, std::ptr::null());
        head_write(call, &w, state.id, state.model, state.created);
        w.raw(z!("choices"), Str::of("[]"));
        state.sums.write(&w);
        w.close();
        (host().frame_close)(out);
    }
    (host().frame)(out, Str::of(""), Str::of("[DONE]"))
}

pub unsafe fn item_write(call: *mut Call, state: &mut Writing, item: &Item, out: *mut Out) -> c_int {
    if item.choice != 0 {
        return OK;
    }
    state.sums.take(item);
    match item.kind {
        START => {
            state.id = keep(call, item.id);
            state.model = keep(call, item.name);
            state.created = item.num;
            OK
        }
        TEXT | REFUSAL if item.text.n > 0 => chunk_write(call, state, out, item.text, Str::NONE),
        ERROR => {
            (host().frame_open)(out, std::ptr::null());
            error_write(&Writer(out), item);
            (host().frame_close)(out)
        }
        END => last_write(call, state, out),
        _ => OK,
    }
}
