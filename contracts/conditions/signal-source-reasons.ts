/** Reasons in the conditions of a SignalSource. Pure. */
import { reason } from './reason-entry.ts';
import { COMMON_REASONS, NOTHING_TO_DO } from './shared-reasons.ts';

export const SIGNAL_SOURCE_REASONS = {
  Listening: reason(['Ready'], 'The gateway takes webhooks of the source.', NOTHING_TO_DO),
  Available: reason(['Ready'], 'The gateway can replay the datasets of the source.', NOTHING_TO_DO),
  SpecInvalid: reason(
    ['Stalled', 'SecretFound=Unknown'],
    'This build of the operator cannot read the spec.',
    'Correct the field that the message names, or upgrade the operator.',
  ),
  Found: reason(['SecretFound=True'], 'The gateway has read the key of the Secret.', NOTHING_TO_DO),
  NotNeeded: reason(['SecretFound=True'], 'The scheme of the source has no secret.', NOTHING_TO_DO),
  SecretMissing: reason(
    ['Stalled', 'SecretFound=False'],
    'The gateway does not find the key of the Secret in its files: the Secret does not exist, or it lacks the key.',
    'Create the Secret with the key, or correct `spec.secretRef`. The kubelet hands a new Secret to a running gateway within about 90 s.',
  ),
  SecretEmpty: reason(['Stalled', 'SecretFound=False'], 'The gateway finds an empty secret.', 'Put the shared secret into the Secret.'),
  SecretTooShort: reason(['Stalled', 'SecretFound=False'], 'The secret is too short to protect the source.', 'Choose a longer secret.'),
  SecretUnreadable: reason(
    ['Stalled', 'SecretFound=False'],
    'The gateway cannot read the file of the Secret.',
    'Read the error in the message, then the logs of the gateway.',
  ),
  AddressInvalid: reason(
    ['Stalled'],
    'An address in `spec.tradingView.sourceAddresses` cannot be read.',
    'Correct the address that the message names.',
  ),
  DatasetUnusable: reason(
    ['Stalled'],
    'The gateway cannot replay a dataset of the source, and can replay the others.',
    'Correct `spec.replay`, the file, or the ConfigMap or claim that holds it, as the message says. The kubelet hands a changed ConfigMap to a running gateway within about 90 s.',
  ),
  SourceUnreadable: reason(
    ['Stalled'],
    'This build of the gateway cannot read the settings of the source.',
    'Compare the versions of operator and gateway, and upgrade the older one.',
  ),
  SourceNamedTwice: reason(
    ['Stalled'],
    'The sources file of the gateway has the name twice.',
    'Remove one of the two entries. The operator never writes such a file.',
  ),
  AllRowsUsable: reason(['RowsUsable=True'], 'The gateway can replay each row of the datasets.', NOTHING_TO_DO),
  RowsRefused: reason(
    ['RowsUsable=False'],
    'The gateway refuses rows of the datasets, and replays the other rows.',
    'Read the file, the line and the reason of the first refused row in the message. Correct the file, or `spec.replay.format` when each row is refused.',
  ),
  RowsNotCounted: reason(
    ['RowsUsable=Unknown'],
    'The gateway counts the rows of the datasets in the background, or it cannot read a dataset.',
    'Wait. A file of a gigabyte takes some minutes.',
  ),
  BusUnavailable: reason(
    ['Reconciling', 'GatewayReady=False', 'GatewayReady=Unknown', 'SecretFound=Unknown', 'RowsUsable=Unknown'],
    'The operator cannot reach NATS, so nothing is known of the gateway.',
    'Check NATS. Senders of webhooks get 503 meanwhile and send again.',
  ),
  GatewayStarting: reason(
    ['Reconciling', 'GatewayReady=False', 'SecretFound=Unknown', 'RowsUsable=Unknown'],
    'The pod of the gateway is not ready yet, or the gateway has not taken up this source.',
    'Wait. If the reason stays, look at the pod of the gateway with `kubectl describe pod`.',
  ),
  GatewaySilent: reason(
    ['Reconciling', 'GatewayReady=Unknown', 'SecretFound=Unknown', 'RowsUsable=Unknown'],
    'The pod of the gateway is ready, and the gateway has not reported, or not for 15 s.',
    'Wait some seconds after a start. If the reason stays, read the logs of the gateway.',
  ),
  NormaliserAway: reason(
    ['Reconciling'],
    'The gateway takes and stores signals, and its normaliser does not reach NATS or its consumer, so agents see no new signal.',
    'Read the error in the message, then the logs of the gateway and of the callout. The normaliser makes up for every stored signal when it is back.',
  ),
  Ready: reason(['GatewayReady=True'], 'The gateway runs with the newest settings of all sources, and reports.', NOTHING_TO_DO),
  InForce: reason(['PodTemplateInForce=True'], 'The pods of the gateway follow `spec.podTemplate` of this source.', NOTHING_TO_DO),
  AnotherDecides: reason(
    ['PodTemplateInForce=False'],
    'One gateway serves all sources, and the podTemplate of another SignalSource decides.',
    'Put all fields into the SignalSource that the message names, and remove `spec.podTemplate` here.',
  ),
  ...COMMON_REASONS,
  WriteRefused: reason(
    ['Stalled', 'GatewayReady=False', 'SecretFound=Unknown', 'RowsUsable=Unknown'],
    'The API server refuses an object of the gateway, for example because its node port is taken.',
    'Read the answer of the API server in the message and remove its cause. The operator retries.',
  ),
};
