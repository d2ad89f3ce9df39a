/** What connects an NVMe controller, as its attribute `transport` shows it. */
export const TRANSPORT_TYPES = ['loop', 'pcie', 'tcp', 'rdma', 'fc'] as const;
export type TransportType = (typeof TRANSPORT_TYPES)[number];
