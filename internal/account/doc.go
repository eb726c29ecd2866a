// Package account is who may use the product, how they prove who they are, what they may see and do, and the record of
// what they did: people, invitations, sessions, tokens, teams. docs/security.md holds the reasoning.
package account
