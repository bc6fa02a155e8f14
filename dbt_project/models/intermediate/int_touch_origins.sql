with told as (

    select {{ origin('session') }}
    from {{ ref('int_sessions') }}
    union all
    select {{ origin('email') }}
    from {{ ref('int_email_touches') }}
    union all
    select {{ origin('first_party') }}
    from {{ ref('int_first_party_touches') }}

)

select distinct
    {{ origin_number() }} as origin_number,
    {{ origin_columns() | join(', ') }}
from told
