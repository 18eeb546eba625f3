// SPDX-License-Identifier: Apache-2.0
//
// A small Alibaba Cloud OSS for tests, since no emulator exists. It stores objects in memory and computes
// the signature of every request with the functions of the official ali-oss package; a request with
// another signature is refused. Its XML answers, its paged lists, and its answer to a range that cannot be
// satisfied (200 and the whole object) follow OSS's documentation, not the service itself.
//
//   node oss.js PORT        environment: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SECURITY_TOKEN,
//                           OSS_REGION, OSS_MAX_COPY (bytes; a larger single copy is refused),
//                           OSS_REFUSED_COPY (part 2 of copies of keys with this in them is refused),
//                           OSS_CNAME (HOST=BUCKET: a host name that is bound to a bucket)
'use strict';
const http = require('http');
const crypto = require('crypto');
const sign = require('ali-oss/lib/common/signUtils');
const Gateway = require('@alicloud/gateway-oss').default;

const keyId = process.env.OSS_ACCESS_KEY_ID || 'testak';
const secret = process.env.OSS_ACCESS_KEY_SECRET || 'testsecret';
const region = process.env.OSS_REGION || 'cn-hangzhou';
const token = process.env.OSS_SECURITY_TOKEN || '';
const maxCopy = Number(process.env.OSS_MAX_COPY || 1024 ** 3);
const refusedCopy = process.env.OSS_REFUSED_COPY || '';
const [cname, cnameBucket] = (process.env.OSS_CNAME || '=').split('=');
const minPart = 102400;

const buckets = new Map();  // name -> Map(key -> {data, meta, time, type, etag})
const uploads = new Map();  // id -> {bucket, key, parts: Map(number -> {data, etag}), meta}
const stats = { v1: 0, v4: 0, v1url: 0, v4url: 0, rejected: 0 };

class OssError extends Error {
  constructor(status, code, message = code, extra = '') {
    super(message);
    Object.assign(this, { status, code, extra });
  }
}

// ---- Signatures ------------------------------------------------------------------------------------

// The sub-resources that version 1 signs: the official list, and documented flags it leaves out.
const v1Signed = new Set([...new Gateway()._default_signed_params, 'acl', 'uploads', 'delete', 'append',
  'stat', 'continuation-token', 'sequential', 'x-oss-traffic-limit', 'tagging', 'lifecycle']);

const parseIso = (text) => Date.parse(
    String(text).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

function checkSkew(ms) {
  if (!(Math.abs(Date.now() - ms) < 900e3)) throw new OssError(403, 'RequestTimeTooSkewed');
}

function checkKeyId(id) {
  if (id !== keyId) throw new OssError(403, 'InvalidAccessKeyId');
}

function checkToken(given) {
  if ((given || '') !== token) throw new OssError(403, 'InvalidSecurityToken');
}

function compare(given, expected, canonical) {
  if (given === expected) return;
  throw new OssError(403, 'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
      `<StringToSign>${escape(canonical)}</StringToSign>`);
}

function v1Subresources(query) {
  const signed = {};
  for (const [name, value] of Object.entries(query))
    if (v1Signed.has(name) || name.startsWith('x-oss-') || name.startsWith('response-')) signed[name] = value;
  return signed;
}

// Version 4 signs "?uploads" and "?uploads=" differently.
function v4Queries(r, without) {
  const queries = {};
  for (const [name, value] of Object.entries(r.query))
    if (name !== without) queries[name] = r.flags.has(name) ? null : value;
  return queries;
}

function verifyV4Header(r) {
  const form = /^OSS4-HMAC-SHA256 Credential=([^,]+),\s*(?:AdditionalHeaders=([^,]*),\s*)?Signature=([0-9a-f]{64})$/;
  const match = form.exec(r.headers.authorization);
  if (!match) throw new OssError(400, 'InvalidArgument', 'Authorization');
  const [id, date, scopeRegion, product, end] = match[1].split('/');
  checkKeyId(id);
  checkToken(r.headers['x-oss-security-token']);
  if (scopeRegion !== region || product !== 'oss' || end !== 'aliyun_v4_request')
    throw new OssError(400, 'InvalidArgument', 'Invalid signing scope ' + match[1]);
  if (!String(r.headers['x-oss-date']).startsWith(date)) throw new OssError(403, 'AccessDenied', 'date');
  checkSkew(parseIso(r.headers['x-oss-date']));
  if (!r.headers['x-oss-content-sha256']) throw new OssError(400, 'InvalidArgument', 'x-oss-content-sha256');
  const additional = match[2] ? match[2].split(';') : undefined;
  const request = { headers: r.headers, queries: v4Queries(r) };
  const expected = sign.authorizationV4(keyId, secret, region, r.method, request, r.bucket, r.key, additional);
  compare(match[3], expected.split('Signature=')[1], sign.getCanonicalRequest(
      r.method, request, r.bucket, r.key, sign.fixAdditionalHeaders(additional)));
  stats.v4++;
}

function verifyV1Header(r) {
  const [id, signature] = r.headers.authorization.slice('OSS '.length).split(':');
  checkKeyId(id);
  checkToken(r.headers['x-oss-security-token']);
  const date = r.headers['x-oss-date'] || r.headers.date;
  checkSkew(Date.parse(date));
  const canonical = sign.buildCanonicalString(
      r.method, r.resource, { headers: r.headers, parameters: v1Subresources(r.query) }, date);
  compare(signature, sign.computeSignature(secret, canonical), canonical);
  stats.v1++;
}

function verifyV4Url(r) {
  const [id, date] = r.query['x-oss-credential'].split('/');
  checkKeyId(id);
  checkToken(r.query['x-oss-security-token']);
  if (Date.now() > parseIso(r.query['x-oss-date']) + 1000 * Number(r.query['x-oss-expires']))
    throw new OssError(403, 'AccessDenied', 'Request has expired.');
  const additional = r.query['x-oss-additional-headers'];
  const canonical = sign.getCanonicalRequest(r.method,
      { headers: r.headers, queries: v4Queries(r, 'x-oss-signature') }, r.bucket, r.key,
      additional ? additional.split(';') : []);
  const text = sign.getStringToSign(region, r.query['x-oss-date'], canonical);
  compare(r.query['x-oss-signature'], sign.getSignatureV4(secret, date, region, text), canonical);
  stats.v4url++;
}

function verifyV1Url(r) {
  checkKeyId(r.query.OSSAccessKeyId);
  if (Date.now() / 1000 > Number(r.query.Expires))
    throw new OssError(403, 'AccessDenied', 'Request has expired.');
  const parameters = v1Subresources(r.query);
  if (r.query['security-token']) {
    checkToken(r.query['security-token']);
    parameters['security-token'] = r.query['security-token'];
  }
  const canonical = sign.buildCanonicalString(
      r.method, r.resource, { headers: r.headers, parameters }, r.query.Expires);
  compare(r.query.Signature, sign.computeSignature(secret, canonical), canonical);
  stats.v1url++;
}

function verify(r) {
  const authorization = r.headers.authorization || '';
  if (authorization.startsWith('OSS4-HMAC-SHA256')) return verifyV4Header(r);
  if (authorization.startsWith('OSS ')) return verifyV1Header(r);
  if (r.query['x-oss-signature']) return verifyV4Url(r);
  if (r.query.Signature) return verifyV1Url(r);
  throw new OssError(403, 'AccessDenied', 'You have no right to access this object because of bucket acl.');
}

// ---- Requests and answers --------------------------------------------------------------------------

const escape = (text) => String(text).replace(/[<>&]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' }[c]));
const unescapeXml = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"')
    .replace(/&#(x?)([0-9A-Fa-f]+);/g, (_, hex, n) => String.fromCodePoint(parseInt(n, hex ? 16 : 10)))
    .replace(/&apos;/g, '\'').replace(/&amp;/g, '&');
const md5 = (data) => crypto.createHash('md5').update(data).digest();
const etagOf = (data) => md5(data).toString('hex').toUpperCase();

const answer = (status, headers = {}, body = '') => ({ status, headers, body: Buffer.from(body) });
const xmlAnswer = (body, headers = {}) =>
    answer(200, { 'Content-Type': 'application/xml', ...headers }, '<?xml version="1.0" encoding="UTF-8"?>\n' + body);

function parseQuery(text, r) {
  const decode = (part) => decodeURIComponent(part.replace(/\+/g, ' '));
  for (const pair of text.split('&').filter(Boolean)) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    r.query[name] = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (equals < 0 || equals === pair.length - 1) r.flags.add(name);
  }
}

async function parse(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const r = { method: request.method, headers: request.headers, query: {}, flags: new Set(),
    body: Buffer.concat(chunks) };
  // A client may send the absolute form of a target, as it does to a proxy.
  const target = request.url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const [rawPath, rawQuery = ''] = target.split('?');
  const path = decodeURIComponent(rawPath).slice(1);
  parseQuery(rawQuery, r);
  const host = request.headers.host.split(':')[0];
  if (cname && host === cname) {
    r.bucket = cnameBucket;
    r.key = path;
  } else if (/^\d+(\.\d+){3}$|^localhost$|^oss[-.]/.test(host)) {
    const slash = path.indexOf('/');
    r.bucket = slash < 0 ? path : path.slice(0, slash);
    r.key = slash < 0 ? '' : path.slice(slash + 1);
  } else {
    r.bucket = host.split('.')[0];
    r.key = path;
  }
  r.resource = '/' + (r.bucket ? r.bucket + '/' : '') + r.key;
  return r;
}

function checkBody(r) {
  const wanted = r.headers['content-md5'];
  if (wanted && md5(r.body).toString('base64') !== wanted) throw new OssError(400, 'InvalidDigest');
  const sha = r.headers['x-oss-content-sha256'];
  if (sha && sha !== 'UNSIGNED-PAYLOAD' && sha !== crypto.createHash('sha256').update(r.body).digest('hex'))
    throw new OssError(400, 'XOssContentSHA256Mismatch');
}

// ---- Buckets ---------------------------------------------------------------------------------------

const sortedKeys = (names) =>
    [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

// One page of keys and common prefixes after `after`.
function page(bucket, { prefix, delimiter, after, max }) {
  const result = { keys: [], prefixes: new Set(), truncated: false, last: '' };
  for (const key of sortedKeys(bucket.keys())) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const common = cut >= 0 ? key.slice(0, cut + delimiter.length) : null;
    const name = common || key;
    if ((after && Buffer.compare(Buffer.from(name), Buffer.from(after)) <= 0) || result.prefixes.has(common)) continue;
    if (result.keys.length + result.prefixes.size >= max) {
      result.truncated = true;
      break;
    }
    if (common) result.prefixes.add(common); else result.keys.push(key);
    result.last = name;
  }
  return result;
}

function listObjects(r, bucket) {
  const v2 = r.query['list-type'] === '2';
  const continuation = r.query['continuation-token'];
  const after = !v2 ? r.query.marker || '' :
      continuation ? Buffer.from(continuation, 'base64').toString() : r.query['start-after'] || '';
  const max = Math.min(Number(r.query['max-keys'] || 100), 1000);
  const found = page(bucket, { prefix: r.query.prefix || '', delimiter: r.query.delimiter, after, max });
  const url = r.query['encoding-type'] === 'url';
  const name = url ? encodeURIComponent : escape;
  const contents = found.keys.map((key) => {
    const object = bucket.get(key);
    return `<Contents><Key>${name(key)}</Key><LastModified>${new Date(object.time).toISOString()}</LastModified>` +
        `<ETag>"${object.etag}"</ETag><Type>${object.type}</Type><Size>${object.data.length}</Size>` +
        '<StorageClass>Standard</StorageClass><Owner><ID>1</ID><DisplayName>1</DisplayName></Owner></Contents>';
  });
  const next = !found.truncated ? '' : v2 ?
      `<NextContinuationToken>${Buffer.from(found.last).toString('base64')}</NextContinuationToken>` :
      `<NextMarker>${name(found.last)}</NextMarker>`;
  return xmlAnswer(`<ListBucketResult><Name>${r.bucket}</Name><Prefix>${name(r.query.prefix || '')}</Prefix>` +
      `<MaxKeys>${max}</MaxKeys><Delimiter>${name(r.query.delimiter || '')}</Delimiter>` +
      (url ? '<EncodingType>url</EncodingType>' : '') + `<IsTruncated>${found.truncated}</IsTruncated>` + next +
      contents.join('') +
      [...found.prefixes].map((p) => `<CommonPrefixes><Prefix>${name(p)}</Prefix></CommonPrefixes>`).join('') +
      '</ListBucketResult>');
}

function listUploads(r) {
  const max = Math.min(Number(r.query['max-uploads'] || 1000), 1000);
  const after = [r.query['key-marker'] || '', r.query['upload-id-marker'] || ''].join('\0');
  const all = [...uploads].filter(([, u]) => u.bucket === r.bucket && u.key.startsWith(r.query.prefix || ''))
      .map(([id, u]) => ({ id, ...u, order: u.key + '\0' + id }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.order), Buffer.from(b.order)))
      .filter((u) => Buffer.compare(Buffer.from(u.order), Buffer.from(after)) > 0);
  const shown = all.slice(0, max);
  const name = r.query['encoding-type'] === 'url' ? encodeURIComponent : escape;
  const last = shown[shown.length - 1];
  return xmlAnswer('<ListMultipartUploadsResult>' + (r.query['encoding-type'] === 'url' ? '<EncodingType>url</EncodingType>' : '') +
      (all.length > max ? `<NextKeyMarker>${name(last.key)}</NextKeyMarker><NextUploadIdMarker>${last.id}</NextUploadIdMarker>` : '') +
      `<IsTruncated>${all.length > max}</IsTruncated>` +
      shown.map((u) => `<Upload><Key>${name(u.key)}</Key><UploadId>${u.id}</UploadId>` +
          `<Initiated>${new Date(u.time).toISOString()}</Initiated></Upload>`).join('') + '</ListMultipartUploadsResult>');
}

function deleteMany(r, bucket) {
  if (!r.headers['content-md5']) throw new OssError(400, 'MissingArgument', 'Content-MD5');
  const keys = [...r.body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => unescapeXml(m[1]));
  if (keys.length > 1000) throw new OssError(400, 'MalformedXML');
  for (const key of keys) bucket.delete(key);
  const quiet = /<Quiet>\s*true/.test(r.body);
  return xmlAnswer('<DeleteResult>' +
      (quiet ? '' : keys.map((k) => `<Deleted><Key>${escape(k)}</Key></Deleted>`).join('')) + '</DeleteResult>');
}

function bucketOperation(r) {
  const bucket = buckets.get(r.bucket);
  if (r.method === 'PUT') {
    if (!bucket) buckets.set(r.bucket, new Map());
    return answer(200);
  }
  if (!bucket) throw new OssError(404, 'NoSuchBucket');
  if (r.method === 'DELETE') {
    if (bucket.size) throw new OssError(409, 'BucketNotEmpty');
    buckets.delete(r.bucket);
    return answer(204);
  }
  if (r.method === 'POST' && 'delete' in r.query) return deleteMany(r, bucket);
  if ('uploads' in r.query) return listUploads(r);
  return listObjects(r, bucket);
}

// ---- Objects ---------------------------------------------------------------------------------------

const kept = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language',
  'x-oss-server-side-encryption', 'x-oss-server-side-encryption-key-id', 'x-oss-storage-class'];
const metaOf = (r) => Object.fromEntries(Object.entries(r.headers)
    .filter(([name]) => name.startsWith('x-oss-meta-') || kept.includes(name)));

function store(r, data, meta, type = 'Normal', etag = etagOf(data)) {
  const object = { data, meta, time: Date.now(), type, etag };
  buckets.get(r.bucket).set(r.key, object);
  return object;
}

function copySource(r) {
  const [bucket, ...key] = decodeURIComponent(r.headers['x-oss-copy-source']).replace(/^\//, '').split('/');
  const object = buckets.get(bucket)?.get(key.join('/'));
  if (!object) throw new OssError(404, 'NoSuchKey');
  const pinned = r.headers['x-oss-copy-source-if-match'];
  if (pinned && pinned.replace(/"/g, '') !== object.etag) throw new OssError(412, 'PreconditionFailed');
  return object;
}

function startUpload(r) {
  const id = crypto.randomBytes(16).toString('hex').toUpperCase();
  uploads.set(id, { bucket: r.bucket, key: r.key, parts: new Map(), meta: metaOf(r), time: Date.now() });
  return xmlAnswer(`<InitiateMultipartUploadResult><Bucket>${r.bucket}</Bucket><Key>${escape(r.key)}</Key>` +
      `<UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
}

function uploadPart(r, upload) {
  let data = r.body;
  const copied = r.headers['x-oss-copy-source'];
  if (copied) {
    if (refusedCopy && copied.includes(refusedCopy) && r.query.partNumber === '2') throw new OssError(403, 'AccessDenied');
    data = copySource(r).data;
    const range = /^bytes=(\d+)-(\d+)$/.exec(r.headers['x-oss-copy-source-range'] || '');
    if (range) data = data.subarray(Number(range[1]), Number(range[2]) + 1);
  }
  const etag = etagOf(data);
  upload.parts.set(Number(r.query.partNumber), { data, etag });
  return copied ? xmlAnswer(`<CopyPartResult><LastModified>${new Date().toISOString()}</LastModified>` +
      `<ETag>"${etag}"</ETag></CopyPartResult>`, { ETag: `"${etag}"` }) : answer(200, { ETag: `"${etag}"` });
}

function listParts(r, upload) {
  const max = Math.min(Number(r.query['max-parts'] || 1000), 1000);
  const all = [...upload.parts].sort(([a], [b]) => a - b)
      .filter(([number]) => number > Number(r.query['part-number-marker'] || 0));
  const shown = all.slice(0, max);
  const next = all.length > max ? `<NextPartNumberMarker>${shown[shown.length - 1][0]}</NextPartNumberMarker>` : '';
  return xmlAnswer('<ListPartsResult>' + next + `<IsTruncated>${all.length > max}</IsTruncated>` +
      shown.map(([number, part]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${part.etag}"</ETag>` +
          `<Size>${part.data.length}</Size></Part>`).join('') + '</ListPartsResult>');
}

function completeUpload(r, upload) {
  const form = /<PartNumber>(\d+)<\/PartNumber>\s*<ETag>(?:"|&quot;|&#34;|&#x22;)?([0-9A-Fa-f]+)/g;
  const listed = [...r.body.toString().matchAll(form)];
  if (!listed.length) throw new OssError(400, 'MalformedXML');
  const parts = listed.map(([, number, etag], i) => {
    const part = upload.parts.get(Number(number));
    if (!part || part.etag !== etag.toUpperCase()) throw new OssError(400, 'InvalidPart');
    if (i < listed.length - 1 && part.data.length < minPart) throw new OssError(400, 'EntityTooSmall');
    return part;
  });
  if (r.headers['x-oss-forbid-overwrite'] === 'true' && buckets.get(r.bucket).has(r.key))
    throw new OssError(409, 'FileAlreadyExists');
  const etag = etagOf(Buffer.concat(parts.map((p) => Buffer.from(p.etag, 'hex')))) + '-' + parts.length;
  store(r, Buffer.concat(parts.map((p) => p.data)), upload.meta, 'Multipart', etag);
  uploads.delete(r.query.uploadId);
  return xmlAnswer(`<CompleteMultipartUploadResult><Location>http://oss/</Location><Bucket>${r.bucket}</Bucket>` +
      `<Key>${escape(r.key)}</Key><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`);
}

function uploadOperation(r) {
  const upload = uploads.get(r.query.uploadId);
  if (!upload || upload.bucket !== r.bucket || upload.key !== r.key) throw new OssError(404, 'NoSuchUpload');
  if (r.method === 'PUT') return uploadPart(r, upload);
  if (r.method === 'POST') return completeUpload(r, upload);
  if (r.method === 'GET') return listParts(r, upload);
  uploads.delete(r.query.uploadId);
  return answer(204);
}

function append(r, object) {
  if (object && object.type !== 'Appendable') throw new OssError(409, 'ObjectNotAppendable');
  const length = object ? object.data.length : 0;
  if (Number(r.query.position) !== length)
    throw new OssError(409, 'PositionNotEqualToLength', undefined, `<Position>${length}</Position>`);
  const data = Buffer.concat([object ? object.data : Buffer.alloc(0), r.body]);
  const stored = store(r, data, object ? object.meta : metaOf(r), 'Appendable');
  return answer(200, { ETag: `"${stored.etag}"`, 'x-oss-next-append-position': data.length });
}

function put(r, object) {
  if (r.headers['x-oss-forbid-overwrite'] === 'true' && object) throw new OssError(409, 'FileAlreadyExists');
  if (!r.headers['x-oss-copy-source']) {
    const stored = store(r, r.body, metaOf(r));
    return answer(200, { ETag: `"${stored.etag}"`, 'Content-MD5': md5(r.body).toString('base64') });
  }
  const source = copySource(r);
  if (source.data.length > maxCopy) throw new OssError(400, 'InvalidArgument', 'The source is too large for one copy.');
  const replace = r.headers['x-oss-metadata-directive'] === 'REPLACE';
  const encryption = Object.fromEntries(Object.entries(metaOf(r)).filter(([n]) => n.includes('encryption')));
  const copy = store(r, source.data, replace ? metaOf(r) : { ...source.meta, ...encryption });
  return xmlAnswer(`<CopyObjectResult><LastModified>${new Date(copy.time).toISOString()}</LastModified>` +
      `<ETag>"${copy.etag}"</ETag></CopyObjectResult>`);
}

function get(r, object) {
  const pinned = r.headers['if-match'];
  if (pinned && pinned.replace(/"/g, '') !== object.etag) throw new OssError(412, 'PreconditionFailed');
  const headers = { 'Last-Modified': new Date(object.time).toUTCString(), ETag: `"${object.etag}"`,
    'Accept-Ranges': 'bytes', 'x-oss-object-type': object.type, 'content-type': 'application/octet-stream', ...object.meta };
  const range = /^bytes=(\d+)-(\d*)$/.exec(r.headers.range || '');
  const size = object.data.length;
  if (range) {
    const first = Number(range[1]);
    const last = Math.min(range[2] ? Number(range[2]) : size - 1, size - 1);
    if (first <= last)
      return { status: 206, headers: { ...headers, 'Content-Range': `bytes ${first}-${last}/${size}` },
        body: object.data.subarray(first, last + 1) };
    if (r.headers['x-oss-range-behavior'] === 'standard') throw new OssError(416, 'InvalidRange');
  }
  return { status: 200, headers, body: object.data };
}

function objectOperation(r) {
  const bucket = buckets.get(r.bucket);
  if (!bucket) throw new OssError(404, 'NoSuchBucket');
  if (r.method === 'POST' && 'uploads' in r.query) return startUpload(r);
  if (r.query.uploadId) return uploadOperation(r);
  const object = bucket.get(r.key);
  if (r.method === 'POST' && 'append' in r.query) return append(r, object);
  if (r.method === 'PUT') return put(r, object);
  if (r.method === 'DELETE') {
    bucket.delete(r.key);
    return answer(204);
  }
  if (!object) throw new OssError(404, 'NoSuchKey', 'The specified key does not exist.');
  return get(r, object);
}

// ---- The server ------------------------------------------------------------------------------------

function failure(error, requestId) {
  if (!error.status) console.error(error);
  return answer(error.status || 500, { 'Content-Type': 'application/xml' },
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code || 'InternalError'}</Code>` +
      `<Message>${escape(error.message)}</Message><RequestId>${requestId}</RequestId>${error.extra || ''}</Error>`);
}

async function serve(request, response) {
  const requestId = crypto.randomBytes(12).toString('hex').toUpperCase();
  let result;
  try {
    const r = await parse(request);
    if (r.bucket === '_stats') {
      result = answer(200, {}, JSON.stringify(stats));
    } else {
      verify(r);
      checkBody(r);
      result = r.key ? objectOperation(r) : bucketOperation(r);
    }
  } catch (error) {
    if (error.status === 403) stats.rejected++;
    result = failure(error, requestId);
  }
  response.writeHead(result.status, { Server: 'AliyunOSS', 'x-oss-request-id': requestId,
    'Content-Length': result.body.length, ...result.headers });
  response.end(request.method === 'HEAD' ? undefined : result.body);
}

const server = http.createServer(serve);
server.keepAliveTimeout = 60000;
if (require.main === module) server.listen(Number(process.argv[2] || 18140), '127.0.0.1');
module.exports = { server, keyId, secret };
