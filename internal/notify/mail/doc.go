// Package mail sends mail to people: letters from templates, an outbox that is written in the transaction which makes a letter
// necessary, and the ways out, SMTP (RFC 5321) and Amazon SES.
//
// Delivery is at least once: a process that dies between the server's answer and its note of it sends the letter again, with the
// same Message-ID, by which mail programs recognise the second.
package mail
