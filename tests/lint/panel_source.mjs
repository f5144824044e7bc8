// SPDX-License-Identifier: MIT
// panel_source - reads JavaScript as far as the lint of the panel needs it: what is code, what is text, which functions there are.

const REGEX_MAY_FOLLOW = /(^|[=(,:;!&|?{}\[+\-*%<>~^]|\breturn|\btypeof|\bcase|\bin|\bof|=>)\s*$/;

/** Where a string, template, comment or regular expression that begins at i ends. */
function endOf(text, i, kind) {
    if (kind === '//') {
        const end = text.indexOf('\n', i);
        return end < 0 ? text.length : end;
    }
    if (kind === '/*') {
        return text.indexOf('*/', i + 2) + 2;
    }
    let inClass = false;
    for (let j = i + 1; j < text.length; j++) {
        if (text[j] === '\\') {
            j++;
        } else if (kind === '/' && text[j] === '[') {
            inClass = true;
        } else if (kind === '/' && text[j] === ']') {
            inClass = false;
        } else if (text[j] === kind && !inClass) {
            return j + 1;
        }
    }
    return text.length;
}

/** The end of a template literal; `holes` gets the ranges of its ${...}. */
function endOfTemplate(text, i, holes) {
    for (let j = i + 1; j < text.length; j++) {
        if (text[j] === '\\') {
            j++;
        } else if (text[j] === '`') {
            return j + 1;
        } else if (text.startsWith('${', j)) {
            const end = endOfHole(text, j + 2);
            holes.push([j + 2, end]);
            j = end;
        }
    }
    return text.length;
}

function endOfHole(text, i) {
    let depth = 0;
    for (let j = i; j < text.length; j++) {
        if (text[j] === '\'' || text[j] === '"') {
            j = endOf(text, j, text[j]) - 1;
        } else if (text[j] === '`') {
            j = endOfTemplate(text, j, []) - 1;
        } else if (text[j] === '{') {
            depth++;
        } else if (text[j] === '}' && depth-- === 0) {
            return j;
        }
    }
    return text.length;
}

/**
 * { code, strings }: the code with blanks in the place of comments and of what stands in strings, as long as the text; and the strings,
 * [{ at, end, text, holes, isTemplate }]; what stands in a template's holes is code, and its strings are told, too.
 */
export function read(text) {
    const out = [...text];
    const strings = [];
    const blank = (from, to) => {
        for (let k = from; k < to; k++) {
            if (out[k] !== '\n') {
                out[k] = ' ';
            }
        }
    };
    const walk = (from, to) => {
        for (let i = from; i < to; i++) {
            i = step(i) - 1;
        }
    };
    const step = (i) => {
        const two = text.slice(i, i + 2);
        if (two === '//' || two === '/*') {
            const end = endOf(text, i, two);
            blank(i, end);
            return end;
        }
        if (text[i] === '\'' || text[i] === '"') {
            const end = endOf(text, i, text[i]);
            strings.push({ at: i, end, text: text.slice(i + 1, end - 1), holes: [], isTemplate: false });
            blank(i + 1, end - 1);
            return end;
        }
        if (text[i] === '`') {
            const holes = [];
            const end = endOfTemplate(text, i, holes);
            strings.push({ at: i, end, text: text.slice(i + 1, end - 1), holes, isTemplate: true });
            let last = i + 1;
            for (const [a, b] of holes) {
                blank(last, a);
                walk(a, b);
                last = b;
            }
            blank(last, end - 1);
            return end;
        }
        if (text[i] === '/' && REGEX_MAY_FOLLOW.test(out.slice(Math.max(0, i - 40), i).join(''))) {
            const end = endOf(text, i, '/');
            blank(i + 1, end - 1);
            return end;
        }
        return i + 1;
    };
    walk(0, text.length);
    return { code: out.join(''), strings };
}

export const lineOf = (text, at) => text.slice(0, at).split('\n').length;

/** Where what opens at i (a bracket of the code) is closed. */
export function closing(code, i) {
    let depth = 0;
    for (let j = i; j < code.length; j++) {
        if ('([{'.includes(code[j])) {
            depth++;
        } else if (')]}'.includes(code[j]) && --depth === 0) {
            return j;
        }
    }
    return code.length;
}

/** Where an expression that begins at i ends: before the comma, semicolon or bracket that is not its own. */
function endOfExpression(code, i) {
    for (let j = i; j < code.length; j++) {
        if ('([{'.includes(code[j])) {
            j = closing(code, j);
        } else if (')]},;'.includes(code[j])) {
            return j;
        }
    }
    return code.length;
}

/** [{ line, lines }] of all functions, also of arrow functions. */
export function functions(code) {
    const found = [];
    const add = (from, to) => found.push({ line: lineOf(code, from), lines: lineOf(code, to) - lineOf(code, from) + 1 });
    for (const m of code.matchAll(/=>\s*/g)) {
        const at = m.index + m[0].length;
        add(m.index, code[at] === '{' ? closing(code, at) : endOfExpression(code, at));
    }
    for (const m of code.matchAll(/\bfunction\b[^({]*\(|^ +(?:static |async |get |set )*(?!if|for|while|switch|catch)\w+\(/gm)) {
        const body = closing(code, m.index + m[0].length - 1) + 1;
        const brace = code.slice(body).match(/^\s*\{/);
        if (brace) {
            add(m.index + m[0].search(/\S/), closing(code, body + brace[0].length - 1));
        }
    }
    return found;
}

/** [{ from, names: [[theirs, ours]], isWhole }] of static imports, and the addresses of dynamic ones in `lazy`. */
export function imports(text) {
    const all = [];
    for (const m of text.matchAll(/^(?:import|export)\s+(?:([^'"]*?)\s+from\s+)?'([^']+)';/gm)) {
        const names = (m[1]?.match(/\{([^}]*)\}/)?.[1] ?? '').split(',').map((s) => s.trim()).filter(Boolean).map((s) => s.split(/\s+as\s+/));
        all.push({ from: m[2], names: names.map(([a, b]) => [a, b ?? a]), isWhole: /\*/.test(m[1] ?? ''), isExport: m[0].startsWith('export') });
    }
    return { all, lazy: [...text.matchAll(/\bimport\(\s*['`]([^'`$]+)['`]\s*\)/g)].map((m) => m[1]) };
}

export function exports(code, text) {
    const names = [...code.matchAll(/^export\s+(?:async\s+)?(?:const|let|function\*?|class)\s+(\w+)/gm)].map((m) => m[1]);
    for (const m of text.matchAll(/^export\s*\{([^}]*)\}/gm)) {
        names.push(...m[1].split(',').map((s) => s.trim().split(/\s+as\s+/).at(-1)).filter(Boolean));
    }
    return names;
}
