/** Defines the commands about people who have accounts of their own at the bus: `people`, `people add` and `people remove`. For the program. */
import { PERSON_ROLES, type PersonRole } from '@flotilla/contracts/access/person.ts';
import { type Command, Option } from 'commander';
import { collect } from './arguments.ts';
import type { CommandTools } from './command-tools.ts';

export function definePeople(parent: Command, tools: CommandTools): void {
  const people = parent.command('people').description('people who have accounts of their own at the bus');
  people
    .command('list', { isDefault: true })
    .description('the people, their roles, and who may ask for their tokens')
    .addHelpText('after', tools.examples('people', 'people --output json'))
    .action(async (_options: object, command: Command) => {
      const { listPeople } = await import('../commands/people.ts');
      await listPeople(tools.openSession(command));
    });
  people
    .command('add')
    .argument('<name>', 'name of the person at the bus and in the audit log')
    .description('give a person an account of the bus, or change the role or the users of one')
    .addOption(
      new Option('--role <role>', 'Reader: reads; Replayer: reads, and starts replays of recorded signals')
        .choices(PERSON_ROLES)
        .default('Reader'),
    )
    .option('--user <name>', 'user of Kubernetes who enters the bus as this person; may be repeated', collect)
    .option('--group <name>', 'group of Kubernetes whose members enter the bus as this person; may be repeated', collect)
    .option('--print', 'print the objects as JSON and apply nothing')
    .addHelpText(
      'after',
      `\nMakes a ServiceAccount, and a Role with a RoleBinding by which the users ask for its tokens. The person then gives --person.\n${tools.examples('people add alice --user alice@example.com', 'people add bob --role Replayer --user bob@example.com', 'people add alice --user alice@example.com --print > alice.json')}`,
    )
    .action(
      async (
        name: string,
        options: { role: PersonRole; user?: readonly string[]; group?: readonly string[]; print?: boolean },
        command: Command,
      ) => {
        const { addPerson } = await import('../commands/people.ts');
        const { role, user = [], group = [], print = false } = options;
        await addPerson(tools.openSession(command), { name, role, users: user, groups: group, print });
      },
    );
  people
    .command('remove')
    .argument('<name>', 'name of the person')
    .description('take the account of a person away; a connection that is open ends')
    .addHelpText('after', tools.examples('people remove alice'))
    .action(async (name: string, _options: object, command: Command) => {
      const { removePerson } = await import('../commands/people.ts');
      await removePerson(tools.openSession(command), name);
    });
}
