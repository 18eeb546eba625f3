// SPDX-License-Identifier: Apache-2.0
//
// Both directions between the `berth` command and ali-oss: odd names, several parts, empty objects,
// lists, signed URLs, objects made by AppendObject, and uploads that one begins and the other
// completes. Run by foreign.sh.
'use strict';
const OSS = require('ali-oss');
const { execFileSync } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const env = process.env;
const names = ['plain', 'a+b/c++.txt', '50%.jpg', 'x%2By', 'x+y', 'd/ü c++ #1?.bin', 'q\'&<>;=@,$.txt',
  'two  blanks', '😀', '中 文+%.txt', '(a)*!~', 'empty', 'large'];
const contentOf = (name) => Buffer.from(name === 'empty' ? '' : 'content of ' + name);
const large = crypto.randomBytes(12582929);
let failures = 0;

function same(what, wanted, got) {
  if (Buffer.compare(wanted, got) === 0) return;
  console.log('differs: ' + what);
  failures++;
}

const berth = (...args) =>
    execFileSync(env.BERTH, args, { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });

async function run(version) {
  const root = `foreign-${version}-${env.ROOT_SUFFIX}/`;
  const client = new OSS({ accessKeyId: env.BERTH_OSS_ACCESS_KEY_ID, bucket: env.BERTH_OSS_BUCKET,
    accessKeySecret: env.BERTH_OSS_ACCESS_KEY_SECRET, region: env.BERTH_OSS_REGION,
    endpoint: env.BERTH_OSS_ENDPOINT, authorizationV4: version === 'v4' });
  const file = path.join(env.WORK, 'content');
  for (const name of names) {
    const content = name === 'large' ? large : contentOf(name);
    fs.writeFileSync(file, content);
    berth('-q', 'put', file, `${version}:/ours/${name}`);
    same(`ali-oss reads ${name}`, content, (await client.get(root + 'ours/' + name)).content);
    if (name === 'large') await client.multipartUpload(root + 'theirs/large', file, { partSize: 3 << 20 });
    else await client.put(root + 'theirs/' + name, content);
    same(`berth reads ${name}`, content, berth('cat', `${version}:/theirs/${name}`));
    const url = berth('url', `${version}:/ours/${name}`).toString().trim();
    same(`a URL gives ${name}`, content, Buffer.from(await (await fetch(url)).arrayBuffer()));
    if ((await fetch(url, { method: 'DELETE' })).status !== 403) failures++, console.log('a URL deletes');
  }
  const sorted = Buffer.from([...names].sort().join('\n'));
  for (const folder of ['ours', 'theirs']) {
    const files = berth('--json', 'ls', '-R', `${version}:/${folder}`).toString().split('\n')
        .filter(Boolean).map((line) => JSON.parse(line)).filter((entry) => entry.type === 'file')
        .map((entry) => entry.path.slice(folder.length + 2)).sort();
    same('the list of ' + folder, sorted, Buffer.from(files.join('\n')));
  }
  const theirs = (await client.listV2({ prefix: root + 'ours/', 'max-keys': 1000 })).objects
      .map((object) => object.name.slice((root + 'ours/').length)).sort();
  same('the list of ali-oss', sorted, Buffer.from(theirs.join('\n')));
  await runAppended(version, client, root);
  await runUnfinished(version, client, root);
  for (const gone of ['ours', 'theirs', 'log', 'moved', 'upload']) berth('-q', 'rm', '-r', `${version}:/${gone}`);
  const left = (await client.listV2({ prefix: root, 'max-keys': 10 })).objects || [];
  same('nothing is left', Buffer.alloc(0), Buffer.from(left.map((object) => object.name).join()));
}

// What AppendObject made is read, copied, moved and replaced like others.
async function runAppended(version, client, root) {
  const first = await client.append(root + 'log', Buffer.from('one,'));
  await client.append(root + 'log', Buffer.from('two'), { position: first.nextAppendPosition });
  same('an appended object', Buffer.from('one,two'), berth('cat', `${version}:/log`));
  berth('-q', 'mv', `${version}:/log`, `${version}:/moved`);
  same('a moved appended object', Buffer.from('one,two'), (await client.get(root + 'moved')).content);
  await client.append(root + 'log', Buffer.from('old'));
  const file = path.join(env.WORK, 'content');
  fs.writeFileSync(file, 'new');
  berth('-q', 'put', file, `${version}:/log`);
  same('a replaced appended object', Buffer.from('new'), (await client.get(root + 'log')).content);
}

// An upload as a registry leaves it: parts, not completed. Berth resumes and completes it.
async function runUnfinished(version, client, root) {
  const part = path.join(env.WORK, 'part'), rest = path.join(env.WORK, 'rest');
  fs.writeFileSync(part, large.subarray(0, 5 << 20));
  fs.writeFileSync(rest, large.subarray(5 << 20));
  const { uploadId } = await client.initMultipartUpload(root + 'upload');
  await client.uploadPart(root + 'upload', uploadId, 1, part, 0, 5 << 20);
  berth('-q', 'put', '--append', rest, `${version}:/upload`);
  same('an upload of two programs', large, (await client.get(root + 'upload')).content);
  const left = (await client.listUploads({ prefix: root, 'max-uploads': 10 })).uploads || [];
  same('no upload is left', Buffer.alloc(0), Buffer.from(left.map((upload) => upload.name).join()));
}

(async () => {
  for (const version of ['v1', 'v4']) await run(version);
  console.log(`${names.length} objects, signatures v1 and v4, both ways: ${failures} failures`);
  process.exitCode = failures ? 1 : 0;
})().catch((error) => { console.error(error); process.exit(1); });
