// A browser sends a page call for each page by itself, and calls like "Product Viewed" beside it:
// there the page call is the view. Servers and apps send no page calls: there the track call is it.
const NO_PAGE = { column: 'context.page.url', empty: true }

// Of calls about one product; others have names and prices of something else there.
const PRODUCT = {
  'products.id': ['properties.product_id', 'properties.sku'],
  'products.name': 'properties.name',
  'products.category': 'properties.category',
  'products.brand': 'properties.brand',
  'products.price': 'properties.price',
  'products.quantity': 'properties.quantity',
}

function viewOf(kind: string, name: string, fields: object = {}) {
  return [
    { when: NO_PAGE, type: 'page_view', fields: { 'page.kind': { value: kind }, ...fields } },
    { type: 'custom', action: name, fields },
  ]
}

/** What people call their pages; another name leaves the kind to the site's patterns. */
const PAGE_NAMES = {
  home: 'home',
  homepage: 'home',
  landing: 'landing',
  category: 'category',
  collection: 'category',
  search: 'search',
  'search results': 'search',
  product: 'product',
  'product detail': 'product',
  article: 'article',
  blog: 'article',
  cart: 'cart',
  checkout: 'checkout',
  confirmation: 'confirmation',
  'order confirmation': 'confirmation',
  account: 'account',
  help: 'help',
  faq: 'help',
}

const channel = (value: string) => ({ channel: { value } })

/**
 * The built-in mapping `segment`: track, page, screen, identify and alias calls, with the events of
 * Segment's e-commerce, e-mail, mobile and live-chat specifications. Other events become custom ones.
 */
export const segmentMapping = {
  format: 'json',
  time: { from: ['timestamp', 'originalTimestamp', 'sentAt', 'receivedAt'] },
  event: {
    from: ['event', 'type'],
    names: {
      page: {
        type: 'page_view',
        fields: {
          'page.kind': {
            from: ['name', 'properties.name', 'category', 'properties.category'],
            values: PAGE_NAMES,
            otherwise: '',
          },
        },
      },
      screen: { type: 'page_view', fields: { 'page.title': 'name' } },
      // Traits of somebody unknown link nobody.
      identify: [
        { when: { column: 'userId', empty: true }, skip: true },
        { when: { column: 'anonymousId', empty: true }, skip: true },
        { type: 'identify' },
      ],
      alias: { type: 'identify', fields: { anonymousId: 'previousId' } },
      group: 'skip',

      'Products Searched': viewOf('search', 'products_searched'),
      'Product List Viewed': viewOf('category', 'product_list_viewed'),
      'Product List Filtered': viewOf('category', 'product_list_filtered'),
      'Product Viewed': viewOf('product', 'product_viewed', PRODUCT),
      'Product Added': { type: 'cart', action: 'added', fields: PRODUCT },
      'Product Removed': { type: 'cart', action: 'removed', fields: PRODUCT },
      'Cart Viewed': 'cart.viewed',
      'Product Added to Wishlist': { type: 'cart', action: 'wishlisted', fields: PRODUCT },
      'Wishlist Product Added to Cart': { type: 'cart', action: 'added', fields: PRODUCT },
      'Checkout Started': 'cart.checkout_started',
      'Checkout Step Viewed': 'cart.checkout_step',
      'Checkout Step Completed': 'cart.checkout_step',
      'Payment Info Entered': 'cart.checkout_step',
      'Payment Failed': 'cart.payment_failed',
      'Coupon Applied': 'cart.coupon_applied',
      'Coupon Denied': 'cart.coupon_denied',
      'Order Completed': 'order.placed',
      'Order Updated': 'order.updated',
      'Order Refunded': 'order.refunded',
      'Order Cancelled': 'order.cancelled',
      'Product Reviewed': {
        type: 'review',
        action: 'posted',
        fields: {
          'products.id': PRODUCT['products.id'],
          rating: 'properties.rating',
          comment: 'properties.review_body',
        },
      },

      'Email Delivered': { type: 'message', action: 'delivered', fields: channel('email') },
      'Email Opened': { type: 'message', action: 'opened', fields: channel('email') },
      'Email Link Clicked': { type: 'message', action: 'clicked', fields: channel('email') },
      'Email Bounced': { type: 'message', action: 'bounced', fields: channel('email') },
      Unsubscribe: { type: 'message', action: 'unsubscribed', fields: channel('email') },
      Unsubscribed: { type: 'message', action: 'unsubscribed', fields: channel('email') },
      'Push Notification Received': {
        type: 'message',
        action: 'delivered',
        fields: channel('app'),
      },
      'Push Notification Tapped': { type: 'message', action: 'clicked', fields: channel('app') },
      'Push Notification Bounced': { type: 'message', action: 'bounced', fields: channel('app') },
      'Live Chat Conversation Started': {
        type: 'support_ticket',
        action: 'opened',
        fields: channel('chat'),
      },
      'Live Chat Conversation Ended': {
        type: 'support_ticket',
        action: 'resolved',
        fields: channel('chat'),
      },
    },
    otherwise: { type: 'custom', fields: { action: 'event' } },
  },
  fields: {
    id: 'messageId',
    anonymousId: 'anonymousId',
    customerId: 'userId',
    channel: {
      from: ['context.library.name', 'channel'],
      values: {
        'analytics.js': 'web',
        'analytics-next': 'web',
        '@segment/analytics-next': 'web',
        browser: 'web',
        client: 'web',
        'analytics-ios': 'app',
        'analytics-swift': 'app',
        'analytics-android': 'app',
        'analytics-kotlin': 'app',
        'analytics-react-native': 'app',
        '@segment/analytics-react-native': 'app',
        'analytics-flutter': 'app',
        mobile: 'app',
      },
      otherwise: '',
    },
    'campaign.source': 'context.campaign.source',
    'campaign.medium': 'context.campaign.medium',
    'campaign.name': 'context.campaign.name',
    'campaign.term': 'context.campaign.term',
    'campaign.content': 'context.campaign.content',
    'page.url': ['context.page.url', 'properties.url'],
    'page.path': ['context.page.path', 'properties.path'],
    'page.title': ['context.page.title', 'properties.title'],
    'page.referrer': ['context.page.referrer', 'properties.referrer'],
    'order.id': 'properties.order_id',
    'order.value': ['properties.total', 'properties.revenue', 'properties.value'],
    'order.tax': 'properties.tax',
    'order.shipping': 'properties.shipping',
    'order.discount': 'properties.discount',
    'order.coupon': 'properties.coupon',
    'device.type': {
      from: 'context.device.type',
      values: { ios: 'mobile', android: 'mobile' },
    },
    'device.os': 'context.os.name',
    'geo.country': 'context.location.country',
    'geo.region': 'context.location.region',
    'geo.city': 'context.location.city',
  },
  products: {
    each: 'properties.products',
    fields: {
      id: ['product_id', 'sku', 'id'],
      name: 'name',
      category: 'category',
      brand: 'brand',
      price: 'price',
      quantity: 'quantity',
    },
  },
  currency: 'properties.currency',
  rest: 'keep',
  restOf: 'properties',
}
