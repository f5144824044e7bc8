// SPDX-License-Identifier: MIT
//! request - the body of POST /v1/completions, both ways.
use crate::abi::*;
use crate::json::{self, api, Writer};
use crate::tape::{done, emit, note, refuse, Items};
use std::os::raw::{c_char, c_int};

/// Wire name, neutral name.  The order is that in which they are written, so what was asked alike is told alike.
const PARAMS: [(&str, &str, *const c_char); 9] = [
    ("max_tokens", "max_output", z!("max_tokens")),
    ("temperature", "temperature", z!("temperature")),
    ("top_p", "top_p", z!("top_p")),
    ("n", "n", z!("n")),
    ("presence_penalty", "presence_penalty", z!("presence_penalty")),
    ("frequency_penalty", "frequency_penalty", z!("frequency_penalty")),
    ("seed", "seed", z!("seed")),
    ("logit_bias", "logit_bias", z!("logit_bias")),
    ("user", "user", z!("user")),
];

const OWN: [*const c_char; 4] = [z!("suffix"), z!("echo"), z!("best_of"), z!("logprobs")];
const OWN_NAMES: [&str; 4] = ["suffix", "echo", "best_of", "logprobs"];

unsafe fn param(tape: *mut Tape, wire: &'static str, name: &'static str, json: Str) {
    emit(tape, Item { name: Str::of(name), id: Str::of(wire), text: json, ..Item::of(PARAM) });
}

unsafe fn params_decode(call: *mut Call, body: Str, tape: *mut Tape) {
    for (wire, name, key) in PARAMS {
        let value = (api().get)(body, key);
        if !json::is_null(value) {
            param(tape, wire, name, value);
        }
    }
    let stop = (api().get)(body, z!("stop"));
    match json::kind(stop) {
        b'[' => param(tape, "stop", "stop", stop),
        b'"' => param(tape, "stop", "stop", json::join(call, &[b"[", stop.bytes(), b"]"])),
        _ => {}
    }
    for (key, name) in OWN.iter().zip(OWN_NAMES) {
        let value = (api().get)(body, *key);
        if !json::is_null(value) {
            let own = Item { name: Str::of(name), id: Str::of("completions"), text: value, ..Item::of(NATIVE) };
            emit(tape, own);
        }
    }
}

unsafe fn params_encode(call: *mut Call, tape: *const Tape, w: &Writer) {
    for (_, name, key) in PARAMS {
        if let Some(item) = Items::of(tape).find(|it| it.kind == PARAM && it.name.bytes() == name.as_bytes()) {
            w.raw(key, item.text);
        }
    }
    for item in Items::of(tape) {
        let name = item.name.bytes();
        if item.kind == PARAM && name == b"stop" {
            w.raw(z!("stop"), item.text);
        } else if item.kind == PARAM && item.id.n > 0 && !PARAMS.iter().any(|(_, known, _)| known.as_bytes() == name) {
            note(call, DEED_DROPPED, item, z!("this API has no such parameter"));
        } else if item.kind == NATIVE {
            if let Some(i) = OWN_NAMES.iter().position(|known| known.as_bytes() == name) {
                w.raw(OWN[i], item.text);
            }
        }
    }
}

// ---- the prompt ----------------------------------------------------------------------------------------------------

/// A string, or a list of one.  Tokens mean something to one model only, many prompts want many answers.
unsafe fn prompt_of(call: *mut Call, body: Str) -> Result<Str, c_int> {
    let prompt = (api().get)(body, z!("prompt"));
    let mut list = json::Each::of(prompt);
    match json::kind(prompt) {
        b'"' => Ok((api().text)(call, prompt)),
        b'[' => match (list.next(), list.next()) {
            (Some((_, only)), None) if json::kind(only) == b'"' => Ok((api().text)(call, only)),
            _ => Err(refuse(call, E_UNSUPPORTED, z!("prompt: one text, no tokens"))),
        },
        _ => Err(refuse(call, E_SYNTAX, z!("prompt: expected a string"))),
    }
}

pub unsafe fn decode(call: *mut Call, body: Str, tape: *mut Tape) -> c_int {
    if json::kind(body) != b'{' {
        return refuse(call, E_SYNTAX, z!("the body is no JSON object"));
    }
    let model = json::text(call, body, z!("model"));
    if model.n == 0 {
        return refuse(call, E_SYNTAX, z!("model: expected a string"));
    }
    let prompt = match prompt_of(call, body) {
        Ok(prompt) => prompt,
        Err(rc) => return rc,
    };
    let is_stream = json::kind((api().get)(body, z!("stream"))) == b't';
    let rc = emit(tape, Item { name: model, num: is_stream as i64, ..Item::of(START) });
    if rc != OK {
        return done(rc);
    }
    params_decode(call, body, tape);
    emit(tape, Item { flags: OPEN, sub: USER, ..Item::of(MESSAGE) });
    emit(tape, Item { flags: WHOLE, text: prompt, ..Item::of(TEXT) });
    emit(tape, Item { flags: CLOSE, sub: USER, ..Item::of(MESSAGE) });
    done(emit(tape, Item::of(END)))
}

/// Is it a prompt already: one user's message, and nobody's instructions?
fn is_prompt(tape: *const Tape) -> bool {
    let opens = |it: &Item| it.kind == MESSAGE && it.flags & OPEN != 0;
    let others = Items::of(tape).filter(|it| it.kind == SYSTEM || (opens(it) && it.sub != USER)).count();
    others == 0 && Items::of(tape).filter(|it| opens(it)).count() == 1
}

unsafe fn prompt_encode(tape: *const Tape, w: &Writer) {
    let is_plain = is_prompt(tape);
    let mut blocks = 0;
    w.quote(z!("prompt"));
    for item in Items::of(tape) {
        match item.kind {
            SYSTEM => {
                w.piece(item.text);
                w.piece(Str::of("\n\n"));
            }
            MESSAGE if item.flags & OPEN != 0 => {
                blocks = 0;
                if !is_plain {
                    w.piece(match item.sub {
                        USER => Str::of("User: "),
                        ASSISTANT => Str::of("Assistant: "),
                        _ => Str::of(""),
                    });
                }
            }
            MESSAGE if !is_plain => w.piece(Str::of("\n\n")),
            TEXT | REFUSAL => {
                if item.flags & OPEN != 0 {
                    blocks += 1;
                    if blocks > 1 {
                        w.piece(Str::of("\n\n"));
                    }
                }
                w.piece(item.text);
            }
            _ => {}
        }
    }
    if !is_plain {
        w.piece(Str::of("Assistant:"));
    }
    w.quote_end();
}

pub unsafe fn encode(call: *mut Call, tape: *const Tape, out: *mut Out) -> c_int {
    let w = Writer(out);
    w.open(b'{');
    w.text(z!("model"), (*call).model);
    prompt_encode(tape, &w);
    params_encode(call, tape, &w);
    if (*call).stream != 0 {
        w.raw(z!("stream"), Str::of("true"));
        w.raw(z!("stream_options"), Str::of("{\"include_usage\":true}"));
    }
    if !is_prompt(tape) {
        let talk = Items::of(tape).find(|it| it.kind == MESSAGE || it.kind == SYSTEM);
        if let Some(first) = talk {
            note(call, DEED_APPROXIMATED, first, z!("a conversation is written down as one prompt"));
        }
    }
    w.close()
}
