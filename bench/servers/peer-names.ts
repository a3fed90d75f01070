export const peerNames = ['express', 'fastify', 'fastapi'] as const;
export type PeerName = (typeof peerNames)[number];
