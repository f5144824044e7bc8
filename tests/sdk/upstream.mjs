// SPDX-License-Identifier: MIT
// upstream - what reached the upstream, read from a request of whatever dialect it speaks.
import { requestsWith, upstream } from "./tap.mjs";

const list = (content) => (typeof content === "string" ? [{ text: content }] : content ?? []);
const joined = (content) => list(content).map((p) => p.text ?? "").join("\n");
const dataUrl = (url) => {
  const [, mime, data] = /^data:([^;]*);base64,(.*)$/.exec(url) ?? [];
  return data && { mime, data };
};
const lower = (schema) => JSON.parse(JSON.stringify(schema ?? null, (k, v) => (k === "type" && typeof v === "string" ? v.toLowerCase() : v)));

const readers = {
  claude: (b) => ({
    system: joined(b.system),
    roles: b.messages.map((m) => m.role),
    tools: (b.tools ?? []).map((t) => t.name),
    schema: b.output_config?.format?.schema,
    images: b.messages.flatMap((m) => list(m.content)).filter((p) => p.type === "image")
      .map((p) => ({ mime: p.source.media_type, data: p.source.data })),
    most: b.max_tokens,
    reasons: b.thinking && b.thinking.type !== "disabled",
  }),
  chat: (b) => ({
    system: b.messages.filter((m) => ["system", "developer"].includes(m.role)).map((m) => joined(m.content)).join("\n"),
    roles: b.messages.map((m) => m.role).filter((r) => !["system", "developer"].includes(r)),
    tools: (b.tools ?? []).map((t) => (t.function ?? t.custom).name),
    schema: b.response_format?.json_schema?.schema,
    images: b.messages.flatMap((m) => list(m.content)).filter((p) => p.type === "image_url").map((p) => dataUrl(p.image_url.url)),
    most: b.max_completion_tokens ?? b.max_tokens,
    reasons: b.reasoning_effort && b.reasoning_effort !== "none",
  }),
  responses: (b) => {
    const items = typeof b.input === "string" ? [{ role: "user", content: b.input }] : b.input;
    const said = items.filter((i) => i.role && !["system", "developer"].includes(i.role));
    return {
      system: [b.instructions ?? "", ...items.filter((i) => ["system", "developer"].includes(i.role)).map((i) => joined(i.content))].join("\n"),
      roles: said.map((i) => i.role),
      tools: (b.tools ?? []).map((t) => t.name),
      schema: b.text?.format?.schema,
      images: said.flatMap((m) => list(m.content)).filter((p) => p.type === "input_image").map((p) => dataUrl(p.image_url)),
      most: b.max_output_tokens,
      reasons: b.reasoning?.effort && b.reasoning.effort !== "none",
    };
  },
  gemini: (b) => ({
    system: joined(b.systemInstruction?.parts),
    roles: b.contents.map((c) => (c.role === "model" ? "assistant" : "user")),
    tools: (b.tools ?? []).flatMap((t) => t.functionDeclarations ?? []).map((f) => f.name),
    schema: b.generationConfig?.responseJsonSchema ?? lower(b.generationConfig?.responseSchema),
    images: b.contents.flatMap((c) => c.parts).filter((p) => p.inlineData)
      .map((p) => ({ mime: p.inlineData.mimeType, data: p.inlineData.data })),
    most: b.generationConfig?.maxOutputTokens,
    reasons: Boolean(b.generationConfig?.thinkingConfig),
  }),
};

/** The marked request of that number as the upstream got it. */
export const arrived = (word, number = 0) => readers[upstream](JSON.parse(requestsWith(word)[number].body));

/** Words for the simulator that end a stream in the middle of a call's arguments; Gemini's calls come in one event. */
export const insideOfCall = upstream === "gemini" ? "cut=150" : "cutevent=6";
export const callsComeWhole = upstream === "gemini";

/** Of `usage=11,7,5,3`: Gemini does not tell what was written to a cache from the rest of the prompt. */
export const freshInput = upstream === "gemini" ? 14 : 11;
