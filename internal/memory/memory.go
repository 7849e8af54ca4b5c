// Package memory tells how much memory a process may take, so that what does not fit is
// refused in plain words before the runtime ends the program.
package memory

// Free returns how many bytes this process may take yet: what the system can give, its
// control group allows, and its limit of addresses leaves; the most there is where that is
// not known. It is replaced in tests.
var Free = free
