// SPDX-License-Identifier: MIT
// gateway - the gateway and the simulator before which it stands, as processes of a test: started, asked, ended by pid.
//
// Both choose their own ports and keep their files in one folder, which goes when the test was good.

import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const KEPT = ['PATH', 'LANG', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH'];
const START_MS = 30000;
const STOP_MS = 60000;
const SANITIZER = /(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:/;
const DIALECT = { messages: 'claude', chat: 'chat', responses: 'responses', gemini: 'gemini' };

// Whatever ends this program, nothing of it goes on.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.on(signal, () => process.exit(1)));

/** The first true value of probe(); throws when there is none in so many ms. */
export async function eventually(probe, what, ms = 20000) {
    const until = Date.now() + ms;
    for (;;) {
        const value = await probe();
        if (value) {
            return value;
        }
        if (Date.now() > until) {
            throw new Error(`did not happen in ${ms} ms: ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
}

/** A program in the background that writes its port to a file; what it says goes to another. */
class Program {
    constructor(place, name) {
        this.place = place;
        this.name = name;
        this.said = path.join(place, `${name}.said`);
        this.portFile = path.join(place, `${name}.port`);
        this.child = null;
        this.port = 0;
    }

    async spawn(file, args, env = {}) {
        fs.rmSync(this.portFile, { force: true });
        const kept = Object.fromEntries(KEPT.filter((k) => k in process.env).map((k) => [k, process.env[k]]));
        const out = fs.openSync(this.said, 'a');
        this.child = spawn(file, [...args, '--port-file', this.portFile], {
            cwd: this.place, stdio: ['ignore', out, out], env: { ...kept, HOME: this.place, TMPDIR: this.place, ...env },
        });
        fs.closeSync(out);
        running.add(this.child);
        this.child.once('exit', () => running.delete(this.child));
        this.ended = new Promise((resolve) => {
            this.child.once('exit', (code, signal) => resolve(code ?? signal));
            this.child.once('error', (e) => resolve(String(e)));
        });
        await this.awaitPort();
    }

    async awaitPort() {
        let over = null;
        this.ended.then((code) => { over = `${code}`; });
        const read = () => over ?? (fs.existsSync(this.portFile) && fs.readFileSync(this.portFile, 'utf8').trim());
        this.port = Number(await eventually(read, `${this.name} starts`, START_MS));
        if (over !== null || !this.port) {
            throw new Error(`${this.name} did not start (${over}):\n${this.tail()}`);
        }
        this.url = `http://127.0.0.1:${this.port}`;
    }

    get isAlive() {
        return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
    }

    tail(lines = 40) {
        return readText(this.said).split('\n').slice(-lines).join('\n');
    }

    /** SIGTERM, and when that does not help, SIGKILL; its exit code or signal. */
    async stop() {
        if (!this.child) {
            return 0;
        }
        const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
        if (this.isAlive) {
            this.child.kill('SIGTERM');
        }
        const code = await this.ended;
        clearTimeout(timer);
        return code;
    }

    async kill9() {
        this.child.kill('SIGKILL');
        return this.ended;
    }
}

function readText(file) {
    try {
        return fs.readFileSync(file, 'utf8');
    } catch {
        return '';
    }
}

/** The text of one channel; what is given beyond id and dialect stands as written: channel('a', 'chat', { keys: '[ "x" ]' }). */
export function channel(id, dialect, up, more = {}) {
    const members = {
        id: `"${id}"`, dialect: `"${DIALECT[dialect] ?? dialect}"`, base_url: `"${up}"`, allow_private: 'true',
        keys: `[ "sk-CANARY-${id}-0001" ]`, ...more,
    };
    return `    { ${Object.entries(members).map(([k, v]) => `${k} = ${v};`).join(' ')} }`;
}

/** One channel of each dialect; models tell them apart, as in the demonstration. */
export function channels(g) {
    return [
        channel('chat', 'chat', g.up.url, { only: '[ "gpt*" ]', name: '"Chat relay"' }),
        channel('responses', 'responses', g.up.url, { only: '[ "codex*" ]' }),
        channel('gemini', 'gemini', g.up.url, { only: '[ "gemini*" ]' }),
        channel('claude', 'claude', g.up.url, { keys: '[ "sk-CANARY-claude-0001", "sk-CANARY-claude-0002" ]' }),
    ].join(',\n');
}

/** The gateway under test; `g.up` is its upstream, the simulator. */
export class Gateway extends Program {
    constructor(source, build) {
        super(fs.mkdtempSync(path.join(os.tmpdir(), 'claude-proxy-panel-')), 'gateway');
        Object.assign(this, { source, build, up: new Program(this.place, 'up'), env: {}, options: [], conf: '' });
        this.key = `access-CANARY-${crypto.randomBytes(12).toString('hex')}`;
        this.stateDir = path.join(this.place, 'state');
        this.confFile = path.join(this.place, 'claude-proxy.conf');
        this.logFile = path.join(this.place, 'gateway.log');
        this.listen = '127.0.0.1:0';
        this.shown = new Set(); // secrets that a page may show: keys that are shown once
        fs.mkdirSync(this.stateDir, { mode: 0o700 });
        fs.writeFileSync(path.join(this.place, 'none.env'), '');
    }

    // ---- life ----

    async startUpstream(...options) {
        await this.up.spawn(path.join(this.build, 'claude-proxy-sim'),
            ['--listen', '127.0.0.1:0', '--log', path.join(this.place, 'up.log'), ...options]);
    }

    /** Writes the configuration: `conf` is text beside what every test has, `listed` the text of the channels (null: `conf` has them). */
    configure(conf = this.conf, listed = this.listed) {
        if (listed === undefined) {
            listed = channels(this);
        }
        Object.assign(this, { conf, listed });
        fs.writeFileSync(this.confFile, `listen = "${this.listen}";\naccess_key = "${this.key}";\nstate_dir = "${this.stateDir}";\n`
            + `workers = 2;\nlog = { form = "json"; file = "${this.logFile}"; };\n${conf}\n`
            + (listed === null ? '' : `channels = (\n${listed}\n);\n`), { mode: 0o600 });
    }

    async start() {
        const libs = path.join(this.build, '.libs');
        await this.spawn(path.join(this.build, 'claude-proxy'), [
            '-c', this.confFile, '-e', path.join(this.place, 'none.env'), '--lax', '--plugins', fs.existsSync(libs) ? libs : path.join(this.build, 'plugins'), '--www', path.join(this.source, 'www'),
            '-o', `prices_file=${path.join(this.source, 'conf/prices.conf')}`, ...this.options,
        ], { LSAN_OPTIONS: `print_suppressions=0:suppressions=${path.join(HERE, '../admin/lsan.supp')}`, ...this.env });
        this.listen = `127.0.0.1:${this.port}`;
        return this;
    }

    /** Ends it and starts it anew on the same port, so that open pages find it again. */
    async restart() {
        await this.end();
        this.configure();
        return this.start();
    }

    async reload() {
        this.child.kill('SIGHUP');
    }

    /** SIGTERM; throws when it did not end well. */
    async end() {
        const killed = this.child?.signalCode === 'SIGKILL';
        const code = await this.stop();
        if (code !== 0 && !killed) {
            throw new Error(`the gateway ended with ${code}\n${this.tail()}`);
        }
        if (SANITIZER.test(readText(this.said))) {
            throw new Error(`a sanitizer reports:\n${readText(this.said).slice(0, 8000)}`);
        }
    }

    async close(keep = false) {
        try {
            await this.end();
        } finally {
            if (this.isAlive) {
                await this.kill9();
            }
            await this.up.stop();
            if (!keep) {
                fs.rmSync(this.place, { recursive: true, force: true });
            }
        }
    }

    // ---- asking ----

    /** An API call with the access key: { status, json, text, headers }. */
    async api(method, where, body, headers = {}) {
        const r = await fetch(this.url + where, {
            method, body: body === undefined ? undefined : JSON.stringify(body),
            headers: { 'x-api-key': this.key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        });
        const text = await r.text();
        let json = null;
        try {
            json = JSON.parse(text);
        } catch { /* an answer that is no JSON is told by its text */ }
        return { status: r.status, json, text, headers: r.headers };
    }

    /** As api(), but what is no success throws: for what a test only prepares. */
    async must(method, where, body, headers) {
        const r = await this.api(method, where, body, headers);
        if (r.status >= 400) {
            throw new Error(`${method} ${where}: ${r.status} ${r.text}`);
        }
        return r.json;
    }

    /** One request to a model; `how` are words for the simulator: message('m', { how: 'status=529' }). */
    async message(model = 'claude-demo', { family = 'messages', text = 'hello', how = '', stream = false, key = this.key, headers = {} } = {}) {
        const said = how ? `${text} [[sim: ${how}]]` : text;
        const chat = { model, stream, max_tokens: 50, messages: [{ role: 'user', content: said }] };
        const doors = {
            messages: ['/v1/messages', chat],
            chat: ['/v1/chat/completions', chat],
            responses: ['/v1/responses', { model, stream, input: said }],
            gemini: [`/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, { contents: [{ parts: [{ text: said }] }] }],
        };
        const [where, body] = doors[family];
        const r = await fetch(this.url + where, {
            method: 'POST', body: JSON.stringify(body), headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
        });
        return { status: r.status, text: await r.text() };
    }

    /** Some of everything, so that no screen is empty: all families, a stream, a failure. */
    async traffic(rounds = 1) {
        const models = { messages: 'claude-demo', chat: 'gpt-demo', responses: 'codex-demo', gemini: 'gemini-demo' };
        for (let i = 0; i < rounds; i++) {
            await Promise.all(Object.entries(models).map(([family, model]) => this.message(model, { family, stream: i % 2 === 1 })));
            await this.message('gpt-demo', { family: 'messages', stream: true });
        }
        await this.message('codex-demo', { family: 'responses', how: 'status=400 error=invalid_request_error:no' });
    }

    // ---- the upstream ----

    /** The simulator's rules from now on; '' for none. */
    async script(rules) {
        const r = await fetch(`${this.up.url}/sim/script`, { method: 'POST', body: rules });
        if (r.status !== 200) {
            throw new Error(`the simulator: ${await r.text()}`);
        }
    }

    /** What the upstream was asked, in order. */
    requests() {
        return readText(path.join(this.place, 'up.log')).split('\n').filter(Boolean).map((line) => JSON.parse(line))
            .filter((e) => e.ev === 'request' && !e.target.startsWith('/sim/'));
    }

    log() {
        return readText(this.logFile);
    }
}
