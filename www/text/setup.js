// SPDX-License-Identifier: MIT
// setup - words of the screen that connects clients.
import { words } from '../lib/i18n.js';

words('setup', {
    base: ['Address of the gateway', '网关地址'],
    baseHint: ['As you came here; clients elsewhere may need another name.', '即你当前访问的地址；其他机器上的客户端可能需要换用别的名称。'],
    choices: ['Where and what', '地址与模型'],
    clients: ['Clients', '客户端'],
    key: ['Make a key for this client: it can be limited, counted and taken back alone. Or put one that you have in the place of YOUR-KEY.',
        '为这个客户端新建一个密钥，可单独限额、统计和吊销；也可以把 YOUR-KEY 换成你已有的密钥。'],
    keyLabel: ['my client', '我的客户端'],
    keyLimits: ['It has no limits yet.', '目前没有设置限额。'],
    keyList: ['Limits, budget and end are set at “Client keys”.', '可在“客户端密钥”中设置限额、预算与有效期。'],
    keyMade: ['The key is made and stands in the lines below', '密钥已创建，并已填入下方内容'],
    keyOnce: ['This key is shown only here and only now. It stands in the lines below until you leave this page.', '密钥只在此处显示这一次；离开本页之前，下方内容已填入该密钥。'],
    keyTitle: ['Key', '密钥'],
    label: ['Name of the key', '密钥名称'],
    labelHint: ['Shown in statistics and in the history of requests.', '显示在统计与请求历史中。'],
    lead: ['Paste these lines; every client may use every model that a channel serves.', '粘贴以下内容即可；任何客户端都能使用渠道提供的任何模型。'],
    make: ['Make a key', '创建密钥'],
    model: ['Model', '模型'],
    modelAny: ['as the client chooses', '由客户端决定'],
    noChannels: ['There is no channel yet: clients can connect, but nobody answers.', '还没有渠道：客户端可以连接，但无法得到回答。'],
    other: ['Others', '其他程序'],
    posix: ['macOS, Linux', 'macOS、Linux'],
    powershell: ['Windows PowerShell', 'Windows PowerShell'],
    sdks: ['SDKs', '各语言 SDK'],
    see: ['See its requests', '查看请求'],
    shell: ['Shell', '命令行环境'],
    then: ['Its first request appears at once:', '第一个请求会立即出现：'],
    title: ['Connect a client', '接入客户端'],
    tryIt: ['Try a model first', '先试一试模型'],
});
words('setupNote', {
    claude: ['Both the terminal and the extensions of editors read these variables.', '终端与编辑器扩展都会读取这些环境变量。'],
    codex: ['Codex reads no address from the environment: it wants a provider in its configuration.', 'Codex 不从环境变量读取地址，需要在其配置文件中添加提供方。'],
    gemini: ['Once: say that it logs in by a key; otherwise it refuses an address of your own.', '首次使用需先声明以密钥登录，否则会拒绝自定义地址。'],
    'openai-env': ['Most programs that speak OpenAI read these; in forms, fill in the same two values.', '大多数支持 OpenAI 的程序会读取这些变量；图形界面程序请填写同样的两个值。'],
});
