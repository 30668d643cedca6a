/** `node audit/verify/main.ts <folder> [--key <verifier key>] [--expect-size <n> --expect-root <hex>] [--sealed]` */
import { requireNode } from '@flotilla/runtime/require-node.ts';
import { runVerify } from './run-verify.ts';

requireNode();
const { exitCode, stdout, stderr } = await runVerify(process.argv.slice(2));
process.stderr.write(stderr);
process.stdout.write(stdout);
process.exitCode = exitCode;
