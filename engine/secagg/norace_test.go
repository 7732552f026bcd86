//go:build !race

package secagg

const racing = false
