/** The namespace in which the node lives, and the pair of devices that joins it to this machine. */
import { readdirSync } from 'node:fs';
import { runProgram, tryProgram } from '../processes/run-program.ts';
import { NODE_NETWORK } from './node-layout.ts';

const NAMESPACE_FILE = `/run/netns/${NODE_NETWORK.namespace}`;

/** A command, to be run where the node is. It joins the network alone: mounts must be seen by everybody. */
export function inNodeNetwork(nsenter: string, command: readonly string[]): readonly string[] {
  return [nsenter, `--net=${NAMESPACE_FILE}`, '--', ...command];
}

/** Makes what is missing of it. */
export async function ensureNodeNetwork(programs: { readonly ip: string; readonly nsenter: string }): Promise<void> {
  const { namespace, hostDevice, nodeDevice, hostAddress, nodeAddress, prefixBits, podRange } = NODE_NETWORK;
  const { ip } = programs;
  if (isThere()) return;
  const inside = (...command: readonly string[]): Promise<string> => runProgram(inNodeNetwork(programs.nsenter, command));
  await runProgram([ip, 'netns', 'add', namespace]);
  try {
    await runProgram([ip, 'link', 'add', hostDevice, 'type', 'veth', 'peer', 'name', nodeDevice, 'netns', namespace]);
    await runProgram([ip, 'address', 'add', `${hostAddress}/${prefixBits}`, 'dev', hostDevice]);
    await runProgram([ip, 'link', 'set', hostDevice, 'up']);
    await inside(ip, 'address', 'add', `${nodeAddress}/${prefixBits}`, 'dev', nodeDevice);
    await inside(ip, 'link', 'set', 'lo', 'up');
    await inside(ip, 'link', 'set', nodeDevice, 'up');
    await inside(ip, 'route', 'add', 'default', 'via', hostAddress);
    await inside('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    await runProgram([ip, 'route', 'replace', podRange, 'via', nodeAddress]);
  } catch (error) {
    await removeNodeNetwork(ip);
    throw error;
  }
}

/** The devices and the route go with the namespace. */
export async function removeNodeNetwork(ip: string): Promise<void> {
  if (!isThere()) return;
  await tryProgram([ip, 'link', 'delete', NODE_NETWORK.hostDevice]);
  await runProgram([ip, 'netns', 'delete', NODE_NETWORK.namespace]);
}

function isThere(): boolean {
  try {
    return readdirSync('/run/netns').includes(NODE_NETWORK.namespace);
  } catch {
    return false;
  }
}
