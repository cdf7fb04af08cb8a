"""Sheets to begin with: the shape of a Korean parcel contract and of an American one; the figures are ours, nobody's offer."""

from __future__ import annotations

# Postal codes: https://www.juso.go.kr (the first two digits: 01-09 Seoul, 10-20 Gyeonggi, 21-23 Incheon, 63 Jeju).
KOREAN = """currency,KRW
origin,KR
divisor,6000
fuel %,0
zone,Capital area,KR,01-23
zone,Jeju,KR,63
zone,Mainland,KR,
remote,KR,23100-23136 40200-40240 52570-52571 58760-58762,3000,1
service,Standard,Capital area,Mainland,Jeju
days,,1,1,2
up to 2 kg,,3200,3500,5500
up to 5 kg,,3700,4000,6500
up to 10 kg,,4700,5000,8000
up to 20 kg,,6200,6500,10500
heaviest,20 kg
service,Same day,Capital area
days,,0
up to 5 kg,,6900
up to 10 kg,,8900
"""
# The divisor of 139 cubic inches to a pound is usual there: https://www.ups.com/us/en/support/shipping-support/shipping-dimensions-weight
AMERICAN = """currency,USD
origin,US
divisor,139 in3/lb
fuel %,12.5
zone,Far states,US,006-009 967-969 995-999
zone,Local,US,km 0-240
zone,Regional,US,km 240-960
zone,National,US,
remote,US,967-968 995-999,6.50,2
service,Ground,Local,Regional,National,Far states
days,,1,3,5,7
up to 1 lb,,6.10,6.90,8.40,12.80
up to 5 lb,,7.90,9.80,13.60,24.50
up to 10 lb,,9.40,12.90,19.80,39.00
+1 lb,,0.45,0.70,1.20,2.60
heaviest,70 lb
service,Two-day,Local,Regional,National
days,,2,2,2
up to 1 lb,,11.20,13.50,17.90
up to 10 lb,,18.60,24.40,38.20
"""
EXAMPLES = {"kr": KOREAN, "us": AMERICAN}
