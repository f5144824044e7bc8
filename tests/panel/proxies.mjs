// SPDX-License-Identifier: MIT
// proxies - what may stand between a browser and the gateway: a TLS proxy that has it below a path.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

/** A certificate for 127.0.0.1 that nobody trusts: { key, cert }. */
function certificate(folder) {
    const [key, cert] = ['proxy.key', 'proxy.crt'].map((name) => path.join(folder, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
        '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}

/** Everything below `prefix` goes to the gateway, by https; { url, seen, close() }: seen are the paths that were asked, outside of prefix too. */
export async function tlsProxy(g, prefix) {
    const seen = [];
    const server = https.createServer(certificate(g.place), (q, r) => {
        seen.push(`${q.method} ${q.url}`);
        if (!q.url.startsWith(`${prefix}/`)) {
            r.writeHead(404).end();
            return;
        }
        const headers = { ...q.headers, 'x-forwarded-for': q.socket.remoteAddress, 'x-forwarded-proto': 'https', 'x-forwarded-host': q.headers.host };
        const there = http.request({ host: '127.0.0.1', port: g.port, method: q.method, path: q.url.slice(prefix.length), headers }, (a) => {
            r.writeHead(a.statusCode, a.headers);
            a.pipe(r);
        });
        there.on('error', () => (r.headersSent ? r.destroy() : r.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>')));
        r.on('close', () => there.destroy());
        q.pipe(there);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `https://127.0.0.1:${server.address().port}${prefix}`, seen, close() {
        server.closeAllConnections();
        server.close();
    } };
}
