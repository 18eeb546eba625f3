// SPDX-License-Identifier: Apache-2.0
//
// The forms of requests that tests/servers/oss.js must accept, although only some clients send them: a
// request target in absolute form, and the quotes of an ETag as any of the references that XML allows.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const http = require('http');
const { server, keyId, secret } = require('../../servers/oss.js');

let port;

// Signs by version 1; `target` is sent as it is.
function send(method, resource, target, body = '') {
  const date = new Date().toUTCString();
  const signature = crypto.createHmac('sha1', secret).update(`${method}\n\n\n${date}\n${resource}`).digest('base64');
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', method, path: target,
      headers: { date, authorization: `OSS ${keyId}:${signature}` } }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, etag: response.headers.etag, body: Buffer.concat(chunks).toString() });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function acceptsTargetsInAbsoluteForm() {
  for (const scheme of ['http', 'https', 'HTTP']) {
    const base = `${scheme}://127.0.0.1:${port}`;
    assert.strictEqual((await send('PUT', '/b/a b', base + '/b/a%20b', scheme)).status, 200);
    assert.strictEqual((await send('GET', '/b/a b', '/b/a%20b')).body, scheme);
    assert.strictEqual((await send('GET', '/b/a b', base + '/b/a%20b')).body, scheme);
    assert.match((await send('POST', '/b/k?uploads', base + '/b/k?uploads')).body, /<UploadId>/);
  }
  // A URL in the path is a key, not a host.
  assert.strictEqual((await send('PUT', '/b/http://x/y', '/b/http://x/y', 'key')).status, 200);
  assert.strictEqual((await send('GET', '/b/http://x/y', `http://127.0.0.1:${port}/b/http://x/y`)).body, 'key');
}

async function complete(quote, change = (etag) => etag) {
  const started = await send('POST', '/b/k?uploads', '/b/k?uploads');
  const id = /<UploadId>([^<]+)/.exec(started.body)[1];
  const query = `?partNumber=1&uploadId=${id}`;
  const part = await send('PUT', '/b/k' + query, '/b/k' + query, 'content');
  const etag = change(part.etag.replace(/"/g, ''));
  return send('POST', `/b/k?uploadId=${id}`, `/b/k?uploadId=${id}`, '<CompleteMultipartUpload><Part>' +
      `<PartNumber>1</PartNumber><ETag>${quote}${etag}${quote}</ETag></Part></CompleteMultipartUpload>`);
}

async function acceptsEachQuoteOfAnEtag() {
  for (const quote of ['"', '&quot;', '&#34;', '&#x22;', '']) {
    assert.strictEqual((await complete(quote)).status, 200, `with the quote ${quote}`);
    const wrong = await complete(quote, (etag) => etag.replace(/^./, (c) => (c === '0' ? '1' : '0')));
    assert.strictEqual(wrong.status, 400, `a wrong ETag with the quote ${quote}`);
    assert.match(wrong.body, /<Code>InvalidPart</);
  }
}

server.listen(0, '127.0.0.1', async () => {
  port = server.address().port;
  try {
    assert.strictEqual((await send('PUT', '/b/', '/b/')).status, 200);
    await acceptsTargetsInAbsoluteForm();
    await acceptsEachQuoteOfAnEtag();
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  server.close();
  server.closeAllConnections();
});
