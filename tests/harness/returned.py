"""What mail servers hand back, each as its kind writes it: fill in `back`, `to`, `number` and the
headers of the `original`.
"""

POSTFIX = """From: MAILER-DAEMON@mx.post.example (Mail Delivery System)
To: {back}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Message-Id: <postfix-{number}@mx.post.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="9F2.17/mx.post.example"

This is a MIME-encapsulated message.

--9F2.17/mx.post.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.post.example.

<{to}>: host mail.shop.example[192.0.2.7] said: 550 5.1.1 <{to}>: Recipient
    address rejected: User unknown in virtual mailbox table (in reply to RCPT TO
    command)

--9F2.17/mx.post.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.post.example
X-Postfix-Queue-ID: 9F2
Arrival-Date: Mon,  5 Jan 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.shop.example
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User
    unknown in virtual mailbox table

--9F2.17/mx.post.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{original}

--9F2.17/mx.post.example--
"""
EXCHANGE = """From: Microsoft Outlook <MicrosoftExchange329e71ec@corp.example>
To: {back}
Subject: Unzustellbar: Hallo
MIME-Version: 1.0
Message-ID: <exchange-{number}@corp.example>
Return-Path: <>
Content-Type: multipart/report; report-type=delivery-status; boundary="_9a_CORP_"

--_9a_CORP_
Content-Type: multipart/alternative; boundary="_alt_"

--_alt_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:

{to}
Die eingegebene E-Mail-Adresse konnte nicht gefunden werden.

--_alt_
Content-Type: text/html; charset="utf-8"

<p>Fehler bei der Nachrichtenzustellung an <a href="mailto:{to}">{to}</a></p>
--_alt_--

--_9a_CORP_
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.corp.example

Final-recipient: RFC822;{to}
Action: failed
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found

--_9a_CORP_
Content-Type: message/rfc822

{original}

Hallo
--_9a_CORP_--
"""
GMAIL = """From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {back}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Message-ID: <gmail-{number}.GMR@mx.google.com>
X-Failed-Recipients: {to}
Content-Type: multipart/report; boundary="0000000000"; report-type=delivery-status

--0000000000
Content-Type: multipart/related; boundary="111"

--111
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to {to} because the address couldn't be found.

The response was:

550 5.1.1 The email account that you tried to reach does not exist. NoSuchUser
--111--
--0000000000
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Mon, 05 Jan 2026 01:00:00 -0800 (PST)

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does
 not exist. Please try double-checking the recipient's email address
Last-Attempt-Date: Mon, 05 Jan 2026 01:00:01 -0800 (PST)

--0000000000
Content-Type: message/rfc822

{original}

--0000000000--
"""
EXIM = """From: Mail Delivery System <Mailer-Daemon@exim.example>
To: {back}
Auto-Submitted: auto-replied
X-Failed-Recipients: {to}
Subject: Mail delivery failed: returning message to sender
Message-Id: <exim-{number}@exim.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {to}
    host mail.shop.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{to}>:
    550 No such user here

------ This is a copy of the message, including all the headers. ------

{original}
"""
COMPLAINT = """From: <staff@isp.example>
To: {back}
Subject: FW: Hallo
MIME-Version: 1.0
Message-ID: <arf-{number}@isp.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received from IP 192.0.2.1.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{to}>

--part
Content-Type: message/rfc822

{original}

--part--
"""
SHAPES = (POSTFIX, EXCHANGE, GMAIL, EXIM, COMPLAINT)
