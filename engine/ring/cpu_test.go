package ring
import ("testing";"fmt";"time")
func TestCPU(t *testing.T){
 for _,s:=range [][3]int{{128,128,128},{512,512,512},{700,700,700},{64,2000,300}} { m,k,n:=s[0],s[1],s[2]
 d,x,y:=make([]uint64,m*n),make([]uint64,m*k),make([]uint64,k*n)
 best:=map[string]float64{}
 for range 8 {
 for i:=range 5 { 
  for _,bl:=range []int{1<<12,1<<13,1<<14,1<<15,1<<30} { block=bl
   if (i==0||i==4)&&bl!=1<<15 {continue}
   t0:=time.Now()
   if i==0 { naive(d,x,y,m,k,n) } else if i<4 {
    p:=product{form:transposed(i-1),dst:d,a:x,b:y,m:m,k:k,n:n}; p.rows(0,m)} else {p:=product{dst:d,a:x,b:y,m:m,k:k,n:n};  p.share(2)}
   g:=float64(m*k*n)/float64(time.Since(t0))
   key:=fmt.Sprint(i," ",bl)
   best[key]=max(best[key],g)
  }
 }}
 fmt.Println(s,best)
 }
}
