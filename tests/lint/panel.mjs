// SPDX-License-Identifier: MIT
// panel - the rules for the files of www; prints what breaks them.
//
//     node tests/lint/panel.mjs [WWW]

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { exports, functions, imports, lineOf, read } from './panel_source.mjs';
import * as words from './panel_words.mjs';

const WWW = process.argv[2] ?? 'www';
const LINES = 300;
const FUNCTION_LINES = 60;
const BANNED = [
    [/\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment)\b/, 'markup from text'],
    [/\bdocument\.(write|writeln)\b/, 'document.write'],
    [/(?<![\w.])eval\(|\bnew Function\b|\bset(Timeout|Interval)\(\s*['`]/, 'code from text'],
    [/\bstyle:\s*['`][^'`]*[:;]|setAttribute\(\s*['"]style|\bcssText\b/, 'a style attribute: the Content-Security-Policy stops it (an object, or element.style)'],
    [/\bsessionStorage\b|\bindexedDB\b|document\.cookie\b/, 'nothing is kept in the browser but theme and language'],
    [/\bfetch\(\s*['`]\/|\burl\(\s*['`]\/|\bEventSource\(\s*['`]\/|href:\s*['`]\/(?!\/)/, 'an address that is not relative: the panel may stand below a path'],
    [/\b(alert|confirm|prompt)\(\s*['`]/, 'a dialog of the browser'],
    [/\bdebugger\b|\bconsole\.(log|debug|info)\b/, 'left over from debugging'],
];
// Who may keep something in the browser: what it is stands there.
const KEEPERS = new Set(['lib/theme.js', 'lib/i18n.js']);
// What is pasted into programs: code, not words.
const PASTED = new Set(['lib/setup.js']);
const KEY_NAMES = /^(Arrow(Up|Down|Left|Right)|Enter|Escape|Tab|Home|End|PageUp|PageDown|Delete|Backspace|Space|Shift|Control|Alt|Meta)$/;
// Texts that are no words: languages' own names, names of programs and of headers.
const PROPER = /^(English|中文|claude-proxy|Claude Code|Codex|Gemini CLI|Chart|Sortable|Bearer|Authorization|Error|TypeError|Infinity|NaN|Intl|Date|UTC|Node|Object)$/;
// Lines to paste into a shell.
const SHELL = /\bexport [A-Z_]+=/;
// What holds texts that nobody reads: classes, selectors, drawings, messages for the console.
const UNSEEN = /(?:\b(?:class|d|viewBox|points|transform|rel|accept|autocomplete|allow|sizes|font|easing|icon|id|type|mode|kinds?|when|stroke|path)\b['"]?\s*:[^,]*$|querySelector(?:All)?\([^)]*$|closest\([^)]*$|matches\([^)]*$|matchMedia\([^)]*$|console\.\w+\([^)]*$|Error\([^)]*$|getContext\([^)]*$|\.font = [^;]*$|svg\([^)]*$|classList\.\w+\([^)]*$|className = [^;]*$)/;

let bad = 0;
function complain(f, line, why) {
    console.log(`${WWW}/${f.path}${line ? `:${line}` : ''}: ${why}`);
    bad = 1;
}

function walk(folder) {
    return fs.readdirSync(path.join(WWW, folder), { withFileTypes: true }).flatMap((e) => (e.isDirectory()
        ? walk(path.join(folder, e.name)) : [path.join(folder, e.name)]));
}

function load(file) {
    const text = fs.readFileSync(path.join(WWW, file), 'utf8');
    return { path: file, text, ...(file.endsWith('.js') ? read(text) : { code: text, strings: [] }) };
}

function form(f) {
    const name = path.basename(f.path).replace(/\.\w+$/, '');
    const lines = f.text.split('\n');
    if (lines.length - 1 > LINES) {
        complain(f, 0, `${lines.length - 1} lines (${LINES})`);
    }
    if (!lines[0].includes('SPDX-License-Identifier: MIT')) {
        complain(f, 1, 'no SPDX line');
    }
    if (f.path.endsWith('.js') && !lines[1]?.startsWith(`// ${name} - `)) {
        complain(f, 2, `the second line says "// ${name} - " and what it is, in one sentence`);
    }
    lines.forEach((l, i) => /[ \t]$/.test(l) && complain(f, i + 1, 'blanks at the end'));
    if (!f.path.endsWith('.js') || f.path.startsWith('text/')) {
        return;
    }
    for (const x of functions(f.code)) {
        if (x.lines > FUNCTION_LINES) {
            complain(f, x.line, `a function of ${x.lines} lines (${FUNCTION_LINES})`);
        }
    }
}

function banned(f) {
    f.text.split('\n').forEach((line, i) => {
        if (line.trim().startsWith('//')) {
            return;
        }
        for (const [pattern, why] of BANNED) {
            if (pattern.test(line)) {
                complain(f, i + 1, `${why}: ${line.trim()}`);
            }
        }
        if (/\blocalStorage\b/.test(line) && !KEEPERS.has(f.path)) {
            complain(f, i + 1, 'nothing is kept in the browser but theme and language');
        }
    });
}

/** Texts that a person would read, and that are not in text/. */
function literals(f) {
    for (const s of f.strings) {
        const line = f.text.slice(f.text.lastIndexOf('\n', s.at) + 1, s.at);
        const said = s.text.replace(/\$\{[^}]*\}/g, '').trim();
        const isText = /[A-Za-z]{2,} [A-Za-z]{2,}/.test(said) || /^[A-Z][a-z]{2,}$/.test(said) || /\p{Script=Han}/u.test(said);
        if (isText && !PASTED.has(f.path) && !PROPER.test(said) && !SHELL.test(said) && !KEY_NAMES.test(said) && !UNSEEN.test(line) && !/^\s*import\b/.test(line)) {
            complain(f, lineOf(f.text, s.at), `a text that is not in text/: "${said.slice(0, 60)}"`);
        }
    }
}

/** Static and lazy imports lead to files that have what is asked for; nothing is imported that is not used. */
function linked(files) {
    const byPath = new Map(files.map((f) => [f.path, f]));
    const wanted = new Map(files.map((f) => [f, new Set()]));
    for (const f of files) {
        f.exports = exports(f.code, f.text);
        f.imports = imports(f.text);
    }
    for (const f of files) {
        f.uses = [];
        const find = (from) => byPath.get(path.normalize(path.join(path.dirname(f.path), from)));
        for (const { from, names, isWhole, isExport } of f.imports.all) {
            const g = find(from);
            if (!/^\.\.?\//.test(from)) {
                complain(f, 0, `imports ${from}: not relative`);
            } else if (!g && !from.includes('vendor/')) {
                complain(f, 0, `imports ${from}, which is not there`);
            }
            if (g) {
                f.uses.push(g);
            }
            for (const [theirs, ours] of names) {
                if (g && !g.exports.includes(theirs)) {
                    complain(f, 0, `${from} has no ${theirs}`);
                }
                if (g) {
                    wanted.get(g).add(theirs);
                }
                if (!isExport && [...f.code.matchAll(new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${ours.replace('$', '\\$')}(?![\\w$])`, 'g'))].length < 2) {
                    complain(f, 0, `${ours} is imported and not used`);
                }
            }
            if (isWhole && g) {
                g.exports.forEach((name) => wanted.get(g).add(name));
            }
        }
        for (const from of f.imports.lazy) {
            const g = find(from);
            if (!g && !from.includes('vendor/')) {
                complain(f, 0, `loads ${from}, which is not there`);
            }
            g?.exports.forEach((name) => wanted.get(g).add(name));
        }
    }
    return wanted;
}

function unwanted(files, wanted) {
    const tests = fs.readdirSync('tests/panel/logic').map((name) => fs.readFileSync(path.join('tests/panel/logic', name), 'utf8')).join('\n');
    // A library may offer more than today's screens use.
    for (const f of files.filter((x) => !/^(lib|parts)\//.test(x.path))) {
        for (const name of f.exports) {
            if (!wanted.get(f).has(name) && !new RegExp(`\\b${name}\\b`).test(tests)) {
                complain(f, 0, `${name} is exported and used nowhere`);
            }
        }
    }
}

/** What is loaded when f runs: all that it imports, and all that the frame has loaded before. */
function reaching(files) {
    const closure = (f, all = new Set()) => {
        if (!all.has(f)) {
            all.add(f);
            f.uses.forEach((g) => closure(g, all));
        }
        return all;
    };
    const main = files.find((f) => f.path === 'main.js');
    const always = main ? closure(main) : new Set();
    const known = new Map();
    return (f) => {
        if (!known.has(f)) {
            known.set(f, new Set([...always, ...closure(f)]));
        }
        return known.get(f);
    };
}

const all = walk('').filter((p) => /\.(js|css)$/.test(p)).sort().map(load);
const scripts = all.filter((f) => f.path.endsWith('.js'));
all.forEach(form);
for (const f of scripts) {
    const p = spawnSync(process.execPath, ['--check', path.join(WWW, f.path)], { encoding: 'utf8' });
    if (p.status) {
        complain(f, 0, p.stderr.split('\n').slice(0, 5).join('\n'));
    }
    banned(f);
    if (!f.path.startsWith('text/')) {
        literals(f);
    }
}
const wanted = linked(scripts);
unwanted(scripts, wanted);
const table = words.load(scripts, complain);
words.check(scripts, table, reaching(scripts), complain);
process.exit(bad);
