// Package fetch is the HTTP client of everything that polls. It keeps to a service's budget, repeats what may pass,
// waits as long as it is asked to within bounds, notices answers that are none (a web page in place of JSON, a body that
// breaks off), resumes downloads, and says in words what became of a request that failed.
//
// The loop is go-retryablehttp's; what is judged, waited for and counted is decided here. Waiting and the clock are
// injected. Addresses are an operator's settings, so that they are not checked against private networks.
package fetch
