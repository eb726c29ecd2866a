// Package poll keeps the feeds current: it hands out polls that are due, drives a feed step by step into the store, keeps
// the services' keys, and says which feeds are behind. Any number of processes run it at once.
package poll
