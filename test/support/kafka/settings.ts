/** What every broker of the tests is set to, container or not: one machine, and many small topics. */
export const SETTINGS = {
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // Hundreds of topics come and go.
  'log.index.size.max.bytes': '65536',
  'log.segment.delete.delay.ms': '1000',
} as const
