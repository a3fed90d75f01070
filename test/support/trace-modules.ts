// Loaded into a server by NODE_OPTIONS=--import: writes down the address of every module it loads.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env['MODULE_TRACE'];
if (file === undefined) throw new Error('MODULE_TRACE names no file.');
registerHooks({
  load(url, context, next) {
    appendFileSync(file, `${url}\n`);
    return next(url, context);
  },
});
