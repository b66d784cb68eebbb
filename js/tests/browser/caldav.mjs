/** The sample server's calendar, looked at by CalDAV: CALENDAR is its address, DAV_USER and DAV_PASSWORD open it. */

import assert from 'node:assert/strict'

const { CALENDAR, DAV_USER, DAV_PASSWORD } = process.env

const QUERY = `<?xml version="1.0"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
  <d:prop><c:calendar-data/></d:prop>
  <c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter>
</c:calendar-query>`

/** The events of the calendar that have this title, as iCalendar with its lines unfolded. */
export async function eventsCalled(title) {
  const authorization = `Basic ${Buffer.from(`${DAV_USER}:${DAV_PASSWORD}`).toString('base64')}`
  const headers = { Authorization: authorization, Depth: '1', 'Content-Type': 'application/xml' }
  const answer = await fetch(CALENDAR, { method: 'REPORT', headers, body: QUERY })
  assert.equal(answer.status, 207)
  const text = (await answer.text()).replaceAll('&#13;', '').replace(/\r?\n[ \t]/g, '')
  const events = text.match(/BEGIN:VEVENT[\s\S]*?END:VEVENT/g) ?? []
  assert.ok(events.some((event) => event.includes('SUMMARY:Infection control training'))) // the server is the right one
  return events.filter((event) => event.includes(`SUMMARY:${title}`))
}
