// SPDX-License-Identifier: Apache-2.0
//
// The official client, for foreign.sh:
//   foreign.js create | put NAME | append NAME | blocks NAME | folder NAME | get NAME | type NAME | list | sas
// Bytes come from standard input and go to standard output. `put` is one request; `blocks` uploads by
// blocks of 1 MiB; `append` makes an append blob of appends of 64 KiB; `folder` makes what stands for a
// directory of a hierarchical namespace; `sas` prints an account SAS.
'use strict';
const fs = require('fs');
const { AccountSASPermissions, BlobServiceClient, StorageSharedKeyCredential } = require(
  process.env.BERTH_AZURITE_NODE_MODULES + '/@azure/storage-blob');
const env = process.env;
const service = new BlobServiceClient(env.BERTH_AZURITE_URL,
  new StorageSharedKeyCredential(env.BERTH_AZURITE_ACCOUNT, env.BERTH_AZURITE_KEY));
const container = service.getContainerClient(env.CONTAINER || 'none');
const input = () => fs.readFileSync(0);

const verbs = {
  create: () => container.createIfNotExists(),
  put: (name) => { const b = input(); return container.getBlockBlobClient(name).upload(b, b.length); },
  blocks: (name) => container.getBlockBlobClient(name).uploadData(input(),
    { blockSize: 1 << 20, maxSingleShotSize: 1 }),
  async append(name) {
    const blob = container.getAppendBlobClient(name), bytes = input();
    await blob.create();
    for (let at = 0; at < bytes.length; at += 65536) {
      const part = bytes.subarray(at, at + 65536);
      await blob.appendBlock(part, part.length);
    }
  },
  folder: (name) => container.getBlockBlobClient(name).upload('', 0, { metadata: { hdi_isfolder: 'true' } }),
  get: async (name) => process.stdout.write(await container.getBlobClient(name).downloadToBuffer()),
  type: async (name) => console.log((await container.getBlobClient(name).getProperties()).blobType),
  async list() { for await (const blob of container.listBlobsFlat()) console.log(blob.name); },
  sas: () => console.log(new URL(service.generateAccountSasUrl(new Date(Date.now() + 36e5),
    AccountSASPermissions.parse('rwdlac'), 'sco')).search),
};
const [verb, name] = process.argv.slice(2);
Promise.resolve(verbs[verb](name)).catch((e) => { console.error(`foreign.js: ${verb} ${name}: ${e.message}`); process.exit(1); });
