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
  SecretNotFound: reason(
    ['Stalled', 'SecretFound=False'],
    'The namespace has no Secret of that name.',
    'Create the Secret, or correct `spec.secretRef`.',
  ),
  SecretNotLabelled: reason(
    ['Stalled', 'SecretFound=Unknown'],
    'The Secret does not have the label `flotilla.dev/mountable-by: signal-source`, so the gateway does not mount the Secret.',
    'When the Secret is meant for this source, run the command in the message. Else correct `spec.secretRef`.',
  ),
  SecretKeyNotFound: reason(
    ['Stalled', 'SecretFound=False'],
    'The Secret does not have the key.',
    'Add the key to the Secret, or correct `spec.secretRef.key`.',
  ),
  SecretKeyEmpty: reason(['Stalled', 'SecretFound=False'], 'The key of the Secret is empty.', 'Put the shared secret there.'),
  Found: reason(['SecretFound=True'], 'The Secret exists and has the key.', NOTHING_TO_DO),
  NotNeeded: reason(['SecretFound=True'], 'The scheme of the source has no secret.', NOTHING_TO_DO),
  SecretMissing: reason(['Stalled'], 'The gateway does not find the key of the Secret in its files.', 'Add the key to the Secret.'),
  SecretEmpty: reason(['Stalled'], 'The gateway finds an empty secret.', 'Put the shared secret into the Secret.'),
  SecretTooShort: reason(['Stalled'], 'The secret is too short to protect the source.', 'Choose a longer secret.'),
  SecretUnreadable: reason(
    ['Stalled'],
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
    'Correct `spec.replay.datasets`, or add the file to the data folder of the gateway.',
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
  BusUnavailable: reason(
    ['Reconciling', 'GatewayReady=False', 'GatewayReady=Unknown'],
    'The operator cannot reach NATS, so nothing is known of the gateway.',
    'Check NATS. Senders of webhooks get 503 meanwhile and send again.',
  ),
  GatewayStarting: reason(
    ['Reconciling', 'GatewayReady=False'],
    'The pod of the gateway is not ready yet, or the gateway has not taken up this source.',
    'Wait. If the reason stays, look at the pod of the gateway with `kubectl describe pod`.',
  ),
  GatewaySilent: reason(
    ['Reconciling', 'GatewayReady=Unknown'],
    'The pod of the gateway is ready, and the gateway has not reported, or not for 15 s.',
    'Wait some seconds after a start. If the reason stays, read the logs of the gateway.',
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
    ['Stalled', 'GatewayReady=False'],
    'The API server refuses an object of the gateway, for example because its node port is taken.',
    'Read the answer of the API server in the message and remove its cause. The operator retries.',
  ),
};
