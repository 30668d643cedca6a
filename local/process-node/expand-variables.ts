/**
 * Replaces `$(NAME)` by its value; `$$(NAME)` is the text `$(NAME)`; an unknown name stays as it is.
 * Kubernetes' own rule: k8s.io/kubernetes third_party/forked/golang/expansion.
 */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (match, token: string, name: string | undefined) => {
    if (token === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? '') : match;
  });
}
