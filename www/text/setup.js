// SPDX-License-Identifier: MIT
// setup - words of the screen that connects clients.
import { words } from '../lib/i18n.js';

words('setup', {
    key: ['First put your key into the shell: the access key, or a client key made with claude-proxyctl client create.', '先把密钥放进 shell：访问密钥，或用 claude-proxyctl client create 创建的客户端密钥。'],
    lead: ['Paste these lines; every client may use every model that a channel serves.', '粘贴以下内容即可；任何客户端都能使用渠道提供的任何模型。'],
    openai: ['Programs that speak OpenAI', '使用 OpenAI 协议的程序'],
    title: ['Connect a client', '接入客户端'],
});
