/** What is too much to be one person. Tests use smaller ones; production never does. */
export type Bounds = {
  /** ids of one device (anonymous), or of one customer, in one UTC month; more: a machine */
  machineTouchpointsPerMonthMax: number
  /** devices that ever named one customer; more: a machine */
  customerDevicesMax: number
  /** customers ever named together with one device; more: the device is shared */
  deviceCustomersMax: number
  /** steps of one journey whose rows are kept, later milestones and friction aside */
  journeyStepRowsMax: number
}

export const BOUNDS: Bounds = {
  // Near 30 touchpoints an hour, day and night for a month: crawlers do that, people do not.
  machineTouchpointsPerMonthMax: 20_000,
  // The name "guest", which a shop gives everyone who does not sign in, passes this within days;
  // nobody owns, or clears the cookies of, a thousand devices.
  customerDevicesMax: 1_000,
  // A family tablet has a handful of customers; a kiosk or a call centre soon passes ten.
  deviceCustomersMax: 10,
  // Nobody reads further into one journey; it bounds the difference that one late event can cause.
  journeyStepRowsMax: 500,
}
