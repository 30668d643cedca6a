/** Debian packages of the real node: the container runtime and the tools of the kernel's network. */
export const NODE_PACKAGES = [
  { program: 'containerd', package: 'containerd' },
  { program: 'ctr', package: 'containerd' },
  { program: 'runc', package: 'runc' },
  { program: 'nft', package: 'nftables' },
  { program: 'ip', package: 'iproute2' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'umount', package: 'mount' },
] as const;
