/** Defines the command about tenant namespaces: `tenants manifest`. For the program. */
import type { Command } from 'commander';
import { kubernetesName } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function defineTenants(parent: Command, tools: CommandTools): void {
  const tenants = parent.command('tenants').description('namespaces that one operator serves beside its own');
  tenants
    .command('manifest')
    .description(
      'print the objects that a namespace needs before the operator can serve it: rights of the operator, ServiceAccount of people',
    )
    .argument('<namespace>', 'the namespace to be served', kubernetesName)
    .option('--operator-namespace <name>', 'namespace of the operator; default: that of -n', kubernetesName)
    .addHelpText('after', tools.examples('tenants manifest research | kubectl apply -f -', '-n flotilla tenants manifest research'))
    .action(async (namespace: string, options: { operatorNamespace?: string }, command: Command) => {
      const { printTenantManifest } = await import('../commands/tenant-manifest.ts');
      printTenantManifest(tools.openSession(command), namespace, options.operatorNamespace);
    });
}
