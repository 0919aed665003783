// Sends a small journey with the real @segment/analytics-node: node send.mjs HOST WRITE_KEY
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: 10, maxRetries: 0 })
let failed = 0
analytics.on('error', (error) => {
  failed += 1
  console.error(error)
})
analytics.identify({ userId: 'ada', traits: { firstName: 'Ada', email: 'ada@example.com', consent: { email: true } } })
analytics.page({ userId: 'ada', name: 'Boots', properties: { url: 'https://shop.example/boots' } })
analytics.track({
  userId: 'ada',
  event: 'Product Added',
  properties: { product_id: 'boots', name: 'Boots', price: 129.9, quantity: 2 }
})
analytics.group({ userId: 'ada', groupId: 'family' })
analytics.alias({ userId: 'ada', previousId: 'visitor-1' })
await analytics.closeAndFlush({ timeout: 10000 })
process.exit(failed ? 1 : 0)
