# SPDX-License-Identifier: MIT
"""settings - one setting in four words: how hard to think, which tool to take, how to draw words; from every client to every upstream."""
import speak

from speak import FAMILY, MODEL, OTHER_PAIRS, dump


def merged(a, b):
    out = dict(a)
    for k, v in b.items():
        out[k] = merged(out[k], v) if isinstance(v, dict) and isinstance(out.get(k), dict) else v
    return out


def gen(**members):
    return {"generationConfig": members}


# ---- thinking ----------------------------------------------------------------

# an effort: what Chat's and Responses' clients say; {upstream model: what it becomes}; None: nothing is said of it
LEVELS = ("claude", "claude-opus-4-8")
BUDGETS = ("claude", "claude-sonnet-4-5")
FLASH_25, PRO_25, FLASH_3, PRO_3 = (("gemini", m) for m in ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-flash", "gemini-3-pro"))
FIVE, FIVE_1, FIVE_2 = (("responses", m) for m in ("gpt-5", "gpt-5.1", "gpt-5.2"))
CHAT_5, CHAT_51 = ("chat", "gpt-5"), ("chat", "gpt-5.1")


def adaptive(effort):
    return {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}}


def enabled(budget):
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def budget(n):
    return gen(thinkingConfig={"thinkingBudget": n})


def level(name):
    return gen(thinkingConfig={"thinkingLevel": name})


EFFORTS = {
    "none": {LEVELS: {"thinking": {"type": "disabled"}}, FLASH_25: budget(0), PRO_25: budget(128), FLASH_3: level("MINIMAL"), PRO_3: level("LOW"),
             FIVE: "minimal", FIVE_1: "none"},
    "minimal": {LEVELS: adaptive("low"), BUDGETS: None, FLASH_25: budget(512), PRO_25: budget(512), FLASH_3: level("MINIMAL"), PRO_3: level("LOW"),
                FIVE: "minimal"},
    "low": {LEVELS: adaptive("low"), BUDGETS: enabled(1024), FLASH_25: budget(1024), PRO_25: budget(1024), FLASH_3: level("LOW"), PRO_3: level("LOW"),
            FIVE: "low"},
    "medium": {LEVELS: adaptive("medium"), BUDGETS: enabled(8192), FLASH_25: budget(8192), PRO_25: budget(8192), FLASH_3: level("MEDIUM"), FIVE: "medium"},
    "high": {LEVELS: adaptive("high"), BUDGETS: enabled(24576), FLASH_25: budget(24576), PRO_25: budget(24576), FLASH_3: level("HIGH"), PRO_3: level("HIGH"),
             FIVE: "high"},
    "xhigh": {LEVELS: adaptive("xhigh"), BUDGETS: enabled(32768), FLASH_25: budget(24576), PRO_25: budget(32768), FLASH_3: level("HIGH"), PRO_3: level("HIGH"),
              FIVE: "high", FIVE_2: "xhigh"},
}
ROOM = 60000


def asked(client, effort):
    if client == "chat":
        return {"reasoning_effort": effort, "max_completion_tokens": ROOM}
    return {"reasoning": {"effort": effort}, "max_output_tokens": ROOM}


def effort_cases():
    for effort, row in EFFORTS.items():
        for (upstream, model), told in row.items():
            for client in ("chat", "responses"):
                if client == upstream:
                    continue
                yield request_case(f"effort {effort} for {model}", client, upstream, model, asked(client, effort), effort_up(upstream, told))
            if upstream == "responses":
                yield request_case(f"effort {effort} for {model}", "chat", "responses", model, asked("chat", effort), effort_up(upstream, told))
                yield request_case(f"effort {effort} for {model}", "responses", "chat", model, asked("responses", effort), effort_up("chat", told))


def effort_up(upstream, told):
    if isinstance(told, str):
        told = {"reasoning_effort": told} if upstream == "chat" else {"reasoning": {"effort": told}}
    return told if told else ["thinking", "output_config"]


# what Claude's clients say of a budget, and Gemini's
BUDGET_ROWS = [(1024, "low", 1024, "LOW"), (1025, "medium", 1025, "MEDIUM"), (8192, "medium", 8192, "MEDIUM"), (8193, "high", 8193, "HIGH"),
               (24576, "high", 24576, "HIGH"), (24577, "xhigh", 24576, "HIGH")]


def budget_cases():
    for n, effort, flash, name in BUDGET_ROWS:
        own = {**enabled(n), "max_tokens": ROOM}
        google = gen(thinkingConfig={"thinkingBudget": n, "includeThoughts": True}, maxOutputTokens=ROOM)
        for model, told in (("gpt-5.2", effort), ("gpt-5", "high" if effort == "xhigh" else effort)):
            for upstream in ("chat", "responses"):
                yield request_case(f"a budget of {n} for {model}", "claude", upstream, model, own, effort_up(upstream, told))
                yield request_case(f"a budget of {n} for {model}", "gemini", upstream, model, google, effort_up(upstream, told))
        yield request_case(f"a budget of {n} for gemini-2.5-flash", "claude", "gemini", "gemini-2.5-flash", own, budget(flash))
        yield request_case(f"a budget of {n} for gemini-3-flash", "claude", "gemini", "gemini-3-flash", own, level(name))
        yield request_case(f"a budget of {n} for claude-sonnet-4-5", "gemini", "claude", "claude-sonnet-4-5", google, enabled(n))
        yield request_case(f"a budget of {n} for claude-opus-4-8", "gemini", "claude", "claude-opus-4-8", google, adaptive(effort))


# ---- the choice of a tool ----------------------------------------------------

CHOICES = {
    "auto": {"claude": {"tool_choice": {"type": "auto"}}, "chat": {"tool_choice": "auto"}, "responses": {"tool_choice": "auto"},
             "gemini": {"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}},
    "none": {"claude": {"tool_choice": {"type": "none"}}, "chat": {"tool_choice": "none"}, "responses": {"tool_choice": "none"},
             "gemini": {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}}},
    "any": {"claude": {"tool_choice": {"type": "any"}}, "chat": {"tool_choice": "required"}, "responses": {"tool_choice": "required"},
            "gemini": {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}},
    "one": {"claude": {"tool_choice": {"type": "tool", "name": "f"}}, "chat": {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            "responses": {"tool_choice": {"type": "function", "name": "f"}},
            "gemini": {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}}},
}
ONE_BY_ONE = {"claude": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, "chat": {"parallel_tool_calls": False},
              "responses": {"parallel_tool_calls": False}}


def choice_cases():
    for client, upstream in OTHER_PAIRS:
        for name, row in CHOICES.items():
            yield request_case(f"tool choice {name}", client, upstream, MODEL[upstream], row[client], row[upstream])
        yield request_case("tool choice unsaid", client, upstream, MODEL[upstream], {}, ["tool_choice", "toolConfig", "parallel_tool_calls"])
        if client in ONE_BY_ONE:
            yield request_case("one call at a time", client, upstream, MODEL[upstream], ONE_BY_ONE[client],
                               ONE_BY_ONE.get(upstream) or ["parallel_tool_calls"])
        if client != "claude":
            yield request_case("tool choice without tools", client, upstream, MODEL[upstream], {**CHOICES["any"][client], "tools": []},
                               ["tool_choice", "toolConfig", "tools"])


# ---- how words are drawn -----------------------------------------------------

FREE = {"claude": "claude-opus-4-6", "chat": "some-model", "responses": "gpt-4o", "gemini": "gemini-2.5-flash"}
LIMIT = {"claude": {"max_tokens": 777}, "chat": {"max_tokens": 777}, "responses": {"max_output_tokens": 777}, "gemini": gen(maxOutputTokens=777)}
WARMTH = {"claude": {"temperature": 0.5}, "chat": {"temperature": 0.5}, "responses": {"temperature": 0.5}, "gemini": gen(temperature=0.5)}
NUCLEUS = {"claude": {"top_p": 0.75}, "chat": {"top_p": 0.75}, "responses": {"top_p": 0.75}, "gemini": gen(topP=0.75)}
TOP_K = {"claude": {"top_k": 7}, "gemini": gen(topK=7)}
STOP = {"claude": {"stop_sequences": ["END"]}, "chat": {"stop": ["END"]}, "gemini": gen(stopSequences=["END"])}
SEED = {"chat": {"seed": 7}, "gemini": gen(seed=7)}
PRESENCE = {"chat": {"presence_penalty": 0.5}, "gemini": gen(presencePenalty=0.5)}
FREQUENCY = {"chat": {"frequency_penalty": 0.5}, "gemini": gen(frequencyPenalty=0.5)}
BIAS = {"chat": {"logit_bias": {"5": 1}}}
LABELS = {"chat": {"metadata": {"a": "b"}}, "responses": {"metadata": {"a": "b"}}}
CACHE_KEY = {"responses": {"prompt_cache_key": "k"}}
SAFETY = {"gemini": {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]}}
FORM = {"claude": {"output_config": {"format": {"type": "json_schema"}}}, "chat": {"response_format": {"type": "json_object"}},
        "responses": {"text": {"format": {"type": "json_object"}}}, "gemini": gen(responseMimeType="application/json")}
SETTINGS = {"output limit": LIMIT, "temperature": WARMTH, "top_p": NUCLEUS, "top_k": TOP_K, "stop": STOP, "seed": SEED, "presence": PRESENCE,
            "frequency": FREQUENCY, "logit_bias": BIAS, "safety": SAFETY}
EVERY_PATH = ("top_k", "stop", "stop_sequences", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "safetySettings", "generationConfig.topK",
              "generationConfig.seed", "generationConfig.presencePenalty", "generationConfig.frequencyPenalty", "generationConfig.stopSequences")


def sampling_cases():
    for client, upstream in OTHER_PAIRS:
        for name, row in SETTINGS.items():
            if client in row:
                yield request_case(name, client, upstream, FREE[upstream], row[client], row.get(upstream) or list(EVERY_PATH))
    for client in ("claude", "gemini"):
        yield request_case("a JSON object without a schema" if client == "gemini" else "top_k to a server that knows more", client, "chat", "some-model",
                           FORM["gemini"] if client == "gemini" else TOP_K["claude"],
                           FORM["chat"] if client == "gemini" else TOP_K["claude"], "sampling_extras = true;" if client == "claude" else "")
    for client, upstream in (("chat", "responses"), ("responses", "chat"), ("chat", "gemini"), ("responses", "gemini"), ("gemini", "responses")):
        yield request_case("a JSON object without a schema, no tools", client, upstream, FREE[upstream], {**FORM[client], "tools": []}, FORM[upstream])
    yield request_case("labels", "chat", "responses", "gpt-5", LABELS["chat"], LABELS["responses"])
    yield request_case("labels", "responses", "chat", "gpt-4o", LABELS["responses"], LABELS["chat"])
    yield request_case("a temperature above one", "gemini", "claude", "claude-opus-4-6", gen(temperature=1.7), {"temperature": 1})
    yield request_case("a temperature above one", "responses", "claude", "claude-opus-4-6", {"temperature": 1.7}, {"temperature": 1})
    yield request_case("a temperature for the newest", "gemini", "claude", "claude-opus-4-8", gen(temperature=0.5), ["temperature"])
    yield request_case("a temperature for a model that reasons", "gemini", "responses", "gpt-5", gen(temperature=0.5), ["temperature"])
    yield request_case("a temperature for a model that reasons", "claude", "responses", "gpt-5", {"temperature": 0.5}, ["temperature"])
    yield request_case("an output limit below the least", "claude", "responses", "gpt-5", {"max_tokens": 5}, {"max_output_tokens": 16})


# ---- cases -------------------------------------------------------------------


def request_case(name, client, upstream, model, more, told, options=""):
    """told: members the upstream must hear, or paths it must not."""
    body = merged(speak.question(client), more)
    lines = [f"case {name}, {'to ' + speak.NAMES[upstream]}, from a client of {speak.NAMES[client]}", f"from {FAMILY[client]} to {upstream} as {model}"]
    if options:
        lines.append("options " + options)
    lines.append("in  " + dump(body))
    if isinstance(told, dict):
        lines.append("up  " + dump(told))
    else:
        lines.append("up-absent " + " ".join(told))
    return "\n".join(lines + ["reply ok"])


def cases():
    yield from effort_cases()
    yield from budget_cases()
    yield from choice_cases()
    yield from sampling_cases()
