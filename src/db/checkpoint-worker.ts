import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

// The thread of `checkpoints.ts`. The file is there already: should it be gone, none is made.
const file = pathToFileURL(workerData as string);
file.searchParams.set('mode', 'rw');
const database = new DatabaseSync(file);
// What is in the file is not acknowledged anew: it waits for the disk as every commit did.
database.exec('pragma synchronous = full');
const checkpoint = database.prepare('pragma wal_checkpoint(passive)');

parentPort?.on('message', () => {
  try {
    checkpoint.get();
  } finally {
    parentPort?.postMessage('done');
  }
});
