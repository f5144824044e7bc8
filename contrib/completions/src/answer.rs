// SPDX-License-Identifier: MIT
//! answer - a whole answer or a failure, both ways, and what streams share with them.
use crate::abi::*;
use crate::json::{self, api, host, Writer};
use crate::tape::{done, emit, refuse, Items};
use std::os::raw::c_int;

pub unsafe fn stop_of(word: Str) -> u32 {
    match word.bytes() {
        b"length" => STOP_LENGTH,
        b"content_filter" => STOP_REFUSED,
        _ => STOP_TURN,
    }
}

pub unsafe fn usage_decode(body: Str, tape: *mut Tape) {
    let usage = (api().get)(body, z!("usage"));
    for (key, meter) in [(z!("prompt_tokens"), METER_INPUT), (z!("completion_tokens"), METER_OUTPUT)] {
        if let Some(n) = json::count(usage, key) {
            emit(tape, Item { sub: meter, num: n, ..Item::of(USAGE) });
        }
    }
}

pub const CUT: &str = "the upstream closed the stream early";

/// {"error": {"message", "type", "code"}}, or any other words.
pub unsafe fn error_emit(call: *mut Call, body: Str, tape: *mut Tape) -> c_int {
    let is_json = body.n > 0 && body.bytes()[0] == b'{' && (api().check)(call, body) == OK;
    let error = if is_json { (api().get)(body, z!("error")) } else { Str::NONE };
    let mut item = Item { sub: SERVER, text: body, ..Item::of(ERROR) };
    if json::kind(error) == b'{' {
        item.text = json::text(call, error, z!("message"));
        item.name = json::text(call, error, z!("type"));
        item.id = json::text(call, error, z!("code"));
    } else if json::kind(error) == b'"' {
        item.text = (api().text)(call, error);
    }
    for word in [item.id.bytes(), item.name.bytes()] {
        item.sub = match word {
            b"context_length_exceeded" => CONTEXT_TOO_LONG,
            b"invalid_api_key" | b"authentication_error" => AUTH,
            b"insufficient_quota" => BILLING,
            b"model_not_found" | b"not_found_error" => NOT_FOUND,
            b"rate_limit_exceeded" | b"rate_limit_error" => RATE_LIMIT,
            b"overloaded_error" | b"server_is_overloaded" => OVERLOADED,
            b"invalid_request_error" => BAD_REQUEST,
            _ => continue,
        };
        break;
    }
    if item.name.bytes() == b"server_error" {
        item.name = Str::NONE; // as good as nothing
    }
    if item.text.bytes() == CUT.as_bytes() {
        item.sub = STREAM_CUT; // another gateway's word for it
    }
    if item.text.n == 0 {
        item.text = Str::of("the server failed without a word");
    }
    done(emit(tape, item))
}

pub unsafe fn start_emit(call: *mut Call, body: Str, tape: *mut Tape) {
    let created = json::count(body, z!("created")).unwrap_or(0);
    let (id, name) = (json::text(call, body, z!("id")), json::text(call, body, z!("model")));
    emit(tape, Item { name, id, num: created, ..Item::of(START) });
    emit(tape, Item { flags: OPEN, sub: ASSISTANT, ..Item::of(MESSAGE) });
}

pub unsafe fn decode(call: *mut Call, body: Str, tape: *mut Tape) -> c_int {
    let choices = if json::kind(body) == b'{' { (api().get)(body, z!("choices")) } else { Str::NONE };
    if json::kind(body) == b'{' && !json::is_null((api().get)(body, z!("error"))) {
        return error_emit(call, body, tape);
    }
    let choice = match json::Each::of(choices).next() {
        Some((_, choice)) if json::kind(choice) == b'{' => choice,
        _ => return refuse(call, E_SYNTAX, z!("choices: expected one")),
    };
    let word = json::text(call, choice, z!("finish_reason"));
    start_emit(call, body, tape);
    emit(tape, Item { flags: WHOLE, text: json::text(call, choice, z!("text")), ..Item::of(TEXT) });
    emit(tape, Item { flags: CLOSE, sub: ASSISTANT, ..Item::of(MESSAGE) });
    emit(tape, Item { sub: stop_of(word), name: word, ..Item::of(STOP) });
    usage_decode(body, tape);
    done(emit(tape, Item::of(END)))
}

/// What a client is told at the end.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Sums {
    pub stop: u32,
    input: i64,
    output: i64,
}

impl Sums {
    pub fn take(&mut self, item: &Item) {
        match item.kind {
            STOP => self.stop = item.sub,
            USAGE if item.sub <= METER_INPUT_LAST => self.input += item.num,
            USAGE if item.sub == METER_OUTPUT || item.sub == METER_REASONING => self.output += item.num,
            _ => {}
        }
    }

    pub fn word(&self) -> Str {
        Str::of(match self.stop {
            STOP_LENGTH => "length",
            STOP_REFUSED => "content_filter",
            _ => "stop",
        })
    }

    pub unsafe fn write(&self, w: &Writer) {
        w.begin(z!("usage"), b'{');
        w.number(z!("prompt_tokens"), self.input);
        w.number(z!("completion_tokens"), self.output);
        w.number(z!("total_tokens"), self.input + self.output);
        w.close();
    }
}

pub unsafe fn head_write(call: *mut Call, w: &Writer, id: Str, model: Str, created: i64) {
    w.open(b'{');
    w.text(z!("id"), if id.n > 0 { id } else { (*call).trace });
    w.text(z!("object"), Str::of("text_completion"));
    w.number(z!("created"), if created > 0 { created } else { (host().now_ms)() / 1000 });
    w.text(z!("model"), if model.n > 0 { model } else { (*call).client_model });
}

pub unsafe fn encode(call: *mut Call, tape: *const Tape, out: *mut Out) -> c_int {
    let w = Writer(out);
    let mut sums = Sums { stop: 0, input: 0, output: 0 };
    let start = Items::of(tape).find(|it| it.kind == START).copied().unwrap_or(Item::of(START));
    if Items::of(tape).any(|it| it.kind == ERROR) {
        return failure_encode(call, tape, out);
    }
    head_write(call, &w, start.id, start.name, start.num);
    w.begin(z!("choices"), b'[');
    w.open(b'{');
    w.quote(z!("text"));
    for item in Items::of(tape).filter(|it| it.choice == 0) {
        sums.take(item);
        if item.kind == TEXT || item.kind == REFUSAL {
            w.piece(item.text);
        }
    }
    w.quote_end();
    w.number(z!("index"), 0);
    w.raw(z!("logprobs"), Str::of("null"));
    w.text(z!("finish_reason"), sums.word());
    w.close();
    w.close();
    sums.write(&w);
    w.close()
}

pub unsafe fn failure_encode(call: *mut Call, tape: *const Tape, out: *mut Out) -> c_int {
    let error = match Items::of(tape).find(|it| it.kind == ERROR) {
        Some(error) => error,
        None => return refuse(call, E_BUG, z!("a failure without an error")),
    };
    error_write(&Writer(out), error);
    let status = match error.sub {
        BAD_REQUEST | CONTEXT_TOO_LONG => 400,
        AUTH => 401,
        BILLING | RATE_LIMIT => 429,
        NOT_FOUND => 404,
        OVERLOADED => 503,
        _ if error.num >= 400 => error.num as c_int,
        _ => 500,
    };
    (host().set_status)(out, status)
}

pub unsafe fn error_write(w: &Writer, error: &Item) -> c_int {
    let (kind, code) = match error.sub {
        BAD_REQUEST => ("invalid_request_error", Str::NONE),
        CONTEXT_TOO_LONG => ("invalid_request_error", Str::of("context_length_exceeded")),
        AUTH => ("authentication_error", Str::of("invalid_api_key")),
        BILLING => ("insufficient_quota", Str::of("insufficient_quota")),
        NOT_FOUND => ("not_found_error", Str::of("model_not_found")),
        RATE_LIMIT => ("rate_limit_error", Str::of("rate_limit_exceeded")),
        OVERLOADED => ("overloaded_error", Str::of("server_is_overloaded")),
        _ => ("server_error", Str::NONE),
    };
    w.open(b'{');
    w.begin(z!("error"), b'{');
    w.text(z!("message"), error.text);
    w.text(z!("type"), if error.name.n > 0 { error.name } else { Str::of(kind) });
    w.raw(z!("param"), Str::of("null"));
    w.text_or_null(z!("code"), code);
    w.close();
    w.close()
}
